-- Grain: term of somebody who leads a place: a leader of any level, or a village's first secretary.
-- Steps: staff in force on the night whose term has begun, ended ones too; the centre's place is CN.
select
    staff.county_id || '-' || staff.staff_id as staff_key,
    staff.level,
    case when staff.level = 'centre' then 'CN' else staff.place_code end as level_place_code,
    staff.role,
    staff.from_date,
    staff.to_date,
    coalesce(staff.to_date >= {{ night() }}, true) as in_office
from {{ ref('int_staff') }} as staff
where
    (staff.role = 'leader' or (staff.role = 'first_secretary' and staff.level = 'village'))
    and staff.from_date <= {{ night() }}
