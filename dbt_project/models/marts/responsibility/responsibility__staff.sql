-- Grain: one member of staff, under a pseudonymous number.
-- Steps: 1. staff in force on the night and whether the term lasts; 2. households they help tonight, and the limit in
-- force.
with

caseloads as (
    select
        helpers.helper_staff_key,
        count(*) as households
    from {{ ref('int_household_helpers') }} as helpers
    inner join {{ ref('int_households') }} as households
        on helpers.household_key = households.household_key and households.cut_id = 'night'
    where helpers.helper_staff_key is not null
    group by helpers.helper_staff_key
)

select
    staff.county_id || '-' || staff.staff_id as staff_key,
    staff.submitter,
    {{ referred_key('unit_keys', 'unit_key', 'staff', 'unit_id') }} as unit_key,
    staff.role,
    staff.level,
    staff.place_code,
    staff.from_date,
    staff.to_date,
    holders.staff_key is not null as in_office,
    cast(coalesce(caseloads.households, 0) as integer) as households,
    coalesce(caseloads.households > {{ national_standard('caseload_limit') }}, false) as above_caseload_limit,
    staff.as_of,
    staff.known_at
from {{ ref('int_staff') }} as staff
left join {{ ref('int_unit_keys') }} as unit_keys
    on staff.county_id = unit_keys.county_id and staff.unit_id = unit_keys.unit_id
left join {{ ref('int_holders') }} as holders
    on staff.county_id || '-' || staff.staff_id = holders.staff_key
left join caseloads
    on staff.county_id || '-' || staff.staff_id = caseloads.helper_staff_key
