-- Grain: one version of an assignment: household_key, staff_key, from_date, version.
-- Steps: the accepted versions, numbered in the order of as_of, known_at, attempt and row, with the key of the staff.
select
    versions.household_key,
    {{ referred_key('staff_keys', 'staff_key', 'versions', 'staff_id') }} as staff_key,
    versions.from_date,
    cast(row_number() over (
        partition by versions.county_id, versions.household_key, versions.staff_id, versions.from_date
        order by versions.as_of, versions.known_at, versions.number, versions.file, versions.row
    ) as integer) as version,
    versions.to_date,
    versions.operation,
    versions.close_reason,
    versions.closed_on,
    versions.attempt_id,
    versions.as_of,
    versions.known_at
from {{ ref('int_assignment_versions') }} as versions
left join {{ ref('int_staff_keys') }} as staff_keys
    on versions.county_id = staff_keys.county_id and versions.staff_id = staff_keys.staff_id
