-- Grain: version of an indicator of an evaluation set.
-- Steps: 1. the seed as it is, retired ones with the reason beside those in force; 2. a hash of all that decides
-- points, bands included, so that an edit of a version that was used shows.
with

bands as (
    select
        indicator_id,
        formula_version,
        string_agg(
            concat_ws(',', coalesce(above, -1), coalesce(up_to, -1), points_from, points_to), ';'
            order by above nulls first
        ) as bands
    from {{ ref('evaluation_bands') }}
    group by indicator_id, formula_version
)

select
    indicators.indicator_id,
    indicators.indicator_set,
    indicators.indicator,
    indicators.formula_version,
    indicators.level,
    indicators.name_zh,
    indicators.name_en,
    indicators.measured,
    indicators.evidence,
    indicators.direction,
    indicators.shape,
    indicators.weight,
    indicators.floor,
    indicators.target,
    indicators.step,
    indicators.step_points,
    indicators.status,
    indicators.reason,
    indicators.valid_from,
    indicators.valid_to,
    indicators.confidence,
    indicators.source,
    {{ text_hash([
        'indicators.indicator_set', 'indicators.indicator', 'indicators.level', 'indicators.measured',
        'indicators.evidence', 'indicators.direction', 'indicators.shape', 'indicators.weight', 'indicators.floor',
        'indicators.target', 'indicators.step', 'indicators.step_points', 'indicators.status', 'indicators.valid_from',
        'bands.bands'
    ]) }} as formula_hash
from {{ ref('evaluation_indicators') }} as indicators
left join bands
    on indicators.indicator_id = bands.indicator_id and indicators.formula_version = bands.formula_version
