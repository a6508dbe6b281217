-- Grain: open cut and place where a household lives, on the night also where one lived whose exit is on record.
-- Steps: 1. the places of households at each cut; 2. those of households that have left the marts since their exit, so
-- that a cohort of exits counts them too.
select distinct
    cut_id,
    place_code,
    province_code,
    prefecture_code,
    county_code,
    township_code
from {{ ref('int_households') }}
union
select
    'night' as cut_id,
    place_code,
    substr(place_code, 1, 2) as province_code,
    substr(place_code, 1, 4) as prefecture_code,
    substr(place_code, 1, 6) as county_code,
    case when length(place_code) >= 9 then substr(place_code, 1, 9) end as township_code
from {{ ref('int_exits') }}
where place_code is not null
