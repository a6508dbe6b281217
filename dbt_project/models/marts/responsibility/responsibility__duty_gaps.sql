-- Grain: hole in the chain of duty: level, and the place that has nobody, or the household in need without a helper.
-- Steps: 1. vacant levels, once per place with the households under it; 2. households in need whose helper is
-- missing, or is not on the list of staff in office tonight.
with

places as (
    select
        holders.level,
        holders.level_place_code,
        count(distinct households.household_key) as households
    from {{ ref('int_place_holders') }} as holders
    inner join {{ ref('int_households') }} as households
        on holders.place_code = households.place_code and households.cut_id = 'night'
    where holders.staff_key is null
    group by holders.level, holders.level_place_code
)

select
    level,
    level_place_code as gap_key,
    level_place_code as place_code,
    cast(null as varchar) as household_key,
    'nobody_in_charge' as gap,
    cast(households as integer) as households
from places
union all
select
    'household' as level,
    households.household_key as gap_key,
    households.place_code,
    households.household_key,
    case when helpers.helper_staff_key is null then 'no_helper' else 'helper_not_in_office' end as gap,
    1 as households
from {{ ref('int_households') }} as households
inner join {{ ref('int_household_status') }} as status
    on households.cut_id = status.cut_id and households.household_key = status.household_key
left join {{ ref('int_household_helpers') }} as helpers
    on households.household_key = helpers.household_key
left join {{ ref('int_holders') }} as staff
    on helpers.helper_staff_key = staff.staff_key
where households.cut_id = 'night' and status.in_need and staff.staff_key is null
