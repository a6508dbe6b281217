-- Grain: cut, indicator in force on its day and place of its level with evidence for the indicator's set.
-- Steps: 1. active indicators in force on the cut's day; 2. places with evidence for any indicator of the set, so that
-- what is missing shows; 3. points by the indicator's shape, rounded once; without evidence there are no points.
with

in_force as (
    select
        cuts.cut_id,
        indicators.*
    from {{ ref('evaluation_indicators') }} as indicators
    inner join {{ ref('int_cuts') }} as cuts
        on {{ holds_on('cuts.state_on', 'indicators.valid_from', 'indicators.valid_to') }}
    where indicators.status = 'active'
),

scored_places as (
    select distinct
        in_force.cut_id,
        in_force.indicator_set,
        in_force.level,
        inputs.place_code
    from in_force
    inner join {{ ref('int_score_inputs') }} as inputs
        on
            in_force.cut_id = inputs.cut_id
            and in_force.measured = inputs.measured
            and in_force.level = inputs.level
),

measured as (
    select
        in_force.*,
        scored_places.place_code,
        inputs.numerator,
        inputs.denominator,
        inputs.value,
        inputs.value_low,
        inputs.value_high,
        coalesce(inputs.evidence_rows, 0) as evidence_rows,
        coalesce(inputs.rows_missing_evidence, 0) as rows_missing_evidence,
        bands.above,
        bands.up_to,
        bands.points_from,
        bands.points_to
    from in_force
    inner join scored_places
        on
            in_force.cut_id = scored_places.cut_id
            and in_force.indicator_set = scored_places.indicator_set
            and in_force.level = scored_places.level
    left join {{ ref('int_score_inputs') }} as inputs
        on
            in_force.cut_id = inputs.cut_id
            and in_force.measured = inputs.measured
            and in_force.level = inputs.level
            and scored_places.place_code = inputs.place_code
    left join {{ ref('evaluation_bands') }} as bands
        on
            in_force.shape = 'banded'
            and in_force.indicator_id = bands.indicator_id
            and in_force.formula_version = bands.formula_version
            and (bands.above is null or inputs.value > bands.above)
            and (bands.up_to is null or inputs.value <= bands.up_to)
)

select
    cut_id,
    indicator_id,
    indicator_set,
    indicator,
    formula_version,
    level,
    place_code,
    evidence,
    direction,
    shape,
    cast(weight as decimal(9, 4)) as weight,
    measured,
    numerator,
    denominator,
    value,
    value_low,
    value_high,
    cast(evidence_rows as bigint) as evidence_rows,
    cast(rows_missing_evidence as bigint) as rows_missing_evidence,
    case
        when value is null then 'no_evidence'
        when shape = 'veto' then {{ veto_state('value', 'value_low', 'value_high', 'target', 'direction') }}
        else 'scored'
    end as state,
    case
        when measured is null then 'no dataset of the contract brings it'
        when value is null then 'nothing reported or sampled in its period'
        when rows_missing_evidence > 0 then 'rows whose proof is incomplete are marked in the evidence'
    end as missing,
    cast(round(case
        when value is null or shape = 'veto' then null
        when shape = 'linear' then {{ score_linear('value', 'floor', 'target', 'weight') }}
        when shape = 'stepped'
            then {{ score_stepped('value', 'target', 'direction', 'step', 'step_points', 'weight') }}
        when shape = 'all_or_nothing'
            then {{ score_all_or_nothing('numerator', 'denominator', 'target', 'direction', 'weight') }}
        when shape = 'banded' then {{ score_banded('value', 'above', 'up_to', 'points_from', 'points_to') }}
    end, 4) as decimal(9, 4)) as points
from measured
