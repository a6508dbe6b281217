-- Grain: indicator of an evaluation set, by its version.
-- Steps: the seed as it is, retired ones with the reason beside those in force.
select
    indicator_id,
    indicator_set,
    indicator,
    formula_version,
    level,
    name_zh,
    name_en,
    measured,
    evidence,
    direction,
    shape,
    weight,
    floor,
    target,
    step,
    step_points,
    status,
    reason,
    valid_from,
    valid_to,
    confidence,
    source
from {{ ref('evaluation_indicators') }}
