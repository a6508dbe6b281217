-- Grain: village whose distance to the seat of its township was reported, on the night.
-- Steps: remote is what lies farther than the median of the county's reported villages, so that each county is compared
-- within itself and no line in kilometres has to hold for mountains and plains alike; a village is of the county that
-- its code says.
with

counties as (
    select
        substr(village_code, 1, 6) as county_code,
        median(township_distance) as median_distance
    from {{ ref('int_village_conditions') }}
    group by substr(village_code, 1, 6)
)

select
    villages.village_code,
    villages.township_distance > counties.median_distance as remote
from {{ ref('int_village_conditions') }} as villages
inner join counties
    on substr(villages.village_code, 1, 6) = counties.county_code
where villages.township_distance is not null
