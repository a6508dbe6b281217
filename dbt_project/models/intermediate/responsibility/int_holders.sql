-- Grain: member of staff in charge of a place, on the night.
-- Steps: staff whose term lasts tonight, with the unit; the levels centre to village answer for a place.
select
    staff.county_id || '-' || staff.staff_id as staff_key,
    {{ referred_key('unit_keys', 'unit_key', 'staff', 'unit_id') }} as unit_key,
    staff.submitter,
    staff.role,
    staff.level,
    staff.place_code,
    staff.from_date,
    staff.to_date
from {{ ref('int_staff') }} as staff
left join {{ ref('int_unit_keys') }} as unit_keys
    on staff.county_id = unit_keys.county_id and staff.unit_id = unit_keys.unit_id
where staff.from_date <= {{ night() }} and (staff.to_date is null or staff.to_date >= {{ night() }})
