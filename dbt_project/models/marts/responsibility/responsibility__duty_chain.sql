-- Grain: household in the marts and level, from centre to household.
-- Steps: 1. the leader in charge of its place at each level that there is; 2. its helper at the level household; 3.
-- vacant where nobody is, or the one who is named is not in office.
with

households as (
    select
        household_key,
        place_code
    from {{ ref('int_households') }}
    where cut_id = 'night'
)

select
    households.household_key,
    holders.level,
    cast(holders.level_order as integer) as level_order,
    holders.level_place_code,
    holders.staff_key,
    holders.unit_key,
    holders.role,
    holders.from_date,
    holders.staff_key is null as vacant
from households
inner join {{ ref('int_place_holders') }} as holders
    on households.place_code = holders.place_code
union all
select
    households.household_key,
    'household' as level,
    7 as level_order,
    households.place_code as level_place_code,
    staff.staff_key,
    staff.unit_key,
    staff.role,
    case when staff.staff_key is not null then helpers.helper_from end as from_date,
    staff.staff_key is null as vacant
from households
left join {{ ref('int_household_helpers') }} as helpers
    on households.household_key = helpers.household_key
left join {{ ref('int_holders') }} as staff
    on helpers.helper_staff_key = staff.staff_key
