-- Grain: one village that reported or has a household, on the night.
-- Steps: 1. its conditions as last accepted; 2. households and members registered in it; 3. its names.
with

registered as (
    select
        households.village_code,
        count(*) as households,
        count(*) filter (where status.in_need) as households_in_need,
        sum(members.members - coalesce(shared.counted_elsewhere, 0)) filter (where status.in_need) as persons_in_need
    from {{ ref('int_households') }} as households
    inner join {{ ref('int_household_status') }} as status
        on households.cut_id = status.cut_id and households.household_key = status.household_key
    inner join {{ ref('int_household_members') }} as members
        on households.cut_id = members.cut_id and households.household_key = members.household_key
    left join {{ ref('int_shared_households') }} as shared
        on households.cut_id = shared.cut_id and households.household_key = shared.household_key
    where households.cut_id = 'night' and households.village_code is not null
    group by households.village_code
),

names as (
    select
        place_code,
        max(name_zh) as name_zh
    from {{ ref('places') }}
    where level = 'village'
    group by place_code
)

select
    coalesce(reported.village_code, registered.village_code) as village_code,
    names.name_zh as village_zh,
    substr(coalesce(reported.village_code, registered.village_code), 1, 6) as county_code,
    cast(reported.registered_population as bigint) as registered_population,
    reported.population_on,
    reported.poor_village,
    reported.road_hardened,
    reported.bus_service,
    cast(reported.registered_households as bigint) as registered_households,
    cast(reported.safe_water_households as bigint) as safe_water_households,
    reported.electricity,
    reported.clinic,
    reported.licensed_doctor,
    reported.broadband,
    reported.culture_room,
    reported.collective_income,
    reported.township_distance,
    cast(coalesce(registered.households, 0) as bigint) as households,
    cast(coalesce(registered.households_in_need, 0) as bigint) as households_in_need,
    cast(coalesce(registered.persons_in_need, 0) as bigint) as persons_in_need,
    {{ share('coalesce(registered.persons_in_need, 0)', 'reported.registered_population') }} as incidence,
    reported.as_of,
    reported.known_at
from {{ ref('int_village_conditions') }} as reported
full outer join registered
    on reported.village_code = registered.village_code
left join names
    on coalesce(reported.village_code, registered.village_code) = names.place_code
