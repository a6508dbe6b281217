-- Grain: night, county and indicator of data quality.
-- Steps: as they were worked out.
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
    numerator,
    denominator,
    value,
    points
from {{ ref('int_county_scorecards') }}
