-- Grain: village whose distance to the seat of its township was reported, on the night.
-- Steps: remote is what lies farther than the median of the county's reported villages, so that each county is compared
-- within itself and no line in kilometres has to hold for mountains and plains alike.
with

counties as (
    select
        county_id,
        median(township_distance) as median_distance
    from {{ ref('int_village_conditions') }}
    group by county_id
)

select
    villages.village_code,
    villages.township_distance > counties.median_distance as remote
from {{ ref('int_village_conditions') }} as villages
inner join counties
    on villages.county_id = counties.county_id
where villages.township_distance is not null
