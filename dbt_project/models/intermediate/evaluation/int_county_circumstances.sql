-- Grain: county with registered households, on the night.
-- Steps: 1. its registered households, who exited among them, because help goes on after exit and an exit, right or
-- wrong, must not change whom a county is compared with; 2. burden: their members as a share of the registered rural
-- population of the villages that told it; 3. remoteness: the median of the distances from their villages to the
-- township's seat; 4. unknown where the villages of too many households did not tell.
with

households as (
    select
        registered.county_code,
        registered.members,
        villages.registered_population > 0 as population_known,
        villages.township_distance
    from {{ ref('int_registered_households') }} as registered
    left join {{ ref('int_village_conditions') }} as villages
        on registered.place_code = villages.village_code
    where registered.cut_id = 'night'
),

populations as (
    select
        substr(village_code, 1, 6) as county_code,
        sum(registered_population) as population
    from {{ ref('int_village_conditions') }}
    group by substr(village_code, 1, 6)
),

counties as (
    select
        county_code,
        sum(members) filter (where population_known) as members_of_known,
        {{ ratio('count(*) filter (where population_known)', 'count(*)') }} as share_of_known,
        median(township_distance) as distance,
        {{ ratio('count(township_distance)', 'count(*)') }} as share_with_distance
    from households
    group by county_code
),

needed as (
    select {{ national_standard('peer_facts_known_min_share') }} as share
)

select
    counties.county_code,
    case
        when counties.share_of_known >= needed.share
            then {{ ratio('counties.members_of_known', 'populations.population') }}
    end as burden,
    case when counties.share_with_distance >= needed.share then cast(counties.distance as double) end as remoteness
from counties
cross join needed
left join populations
    on counties.county_code = populations.county_code
