-- Grain: night, county and indicator of data quality.
-- Steps: 1. counties of which a report was due on the night, with every indicator in force on it; 2. the evidence of
-- its window as known by that night; 3. points in proportion between floor and target, rounded once; without evidence
-- there are none.
with

scored as (
    select
        counties.night,
        counties.county_id,
        indicators.*
    from {{ ref('int_county_nights') }} as counties
    inner join {{ ref('county_score_indicators') }} as indicators
        on {{ holds_on('counties.night', 'indicators.valid_from', 'indicators.valid_to') }}
    where counties.night > {{ night() }} - cast({{ national_standard('county_score_nights_told') }} as integer)
),

measured as (
    select
        scored.*,
        evidence.numerator,
        nullif(evidence.denominator, 0) as denominator,
        {{ share('evidence.numerator', 'evidence.denominator') }} as value
    from scored
    left join {{ ref('int_county_score_evidence') }} as evidence
        on
            scored.night = evidence.night
            and scored.county_id = evidence.county_id
            and scored.indicator_id = evidence.indicator_id
            and scored.formula_version = evidence.formula_version
)

select
    night,
    county_id,
    indicator_id,
    dimension,
    indicator,
    formula_version,
    name_zh,
    name_en,
    direction,
    weight,
    floor,
    target,
    window_nights,
    within_days,
    case when denominator is not null then numerator end as numerator,
    denominator,
    value,
    case
        when value is not null
            then cast(round({{ score_linear('value', 'floor', 'target', 'weight') }}, 4) as decimal(9, 4))
    end as points
from measured
