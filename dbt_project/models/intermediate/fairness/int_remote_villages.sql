-- Grain: village whose distance to the seat of its township was reported, on the night.
-- Steps: remote is what lies farther than the median of the county's reported villages, so that each county is compared
-- within itself and no line in kilometres has to hold for mountains and plains alike.
with

reported as (
    select
        village_code,
        max(county_id) as county_id,
        max(township_distance) as township_distance
    from {{ ref('int_villages') }}
    where township_distance is not null
    group by village_code
),

counties as (
    select
        county_id,
        median(township_distance) as median_distance
    from reported
    group by county_id
)

select
    reported.village_code,
    reported.township_distance > counties.median_distance as remote
from reported
inner join counties
    on reported.county_id = counties.county_id
