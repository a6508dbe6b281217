-- Grain: one unit that provides help.
-- Steps: units in force on the night, with their staff in office.
with

staffed as (
    select
        unit_key,
        count(*) as staff
    from {{ ref('int_holders') }}
    group by unit_key
)

select
    units.county_id || '-' || units.unit_id as unit_key,
    units.submitter,
    units.unit_id,
    units.unit_name,
    units.unit_kind,
    units.level,
    {{ referred_key('unit_keys', 'unit_key', 'units', 'parent_unit_id') }} as parent_unit_key,
    units.place_code,
    cast(coalesce(staffed.staff, 0) as integer) as staff,
    units.as_of,
    units.known_at
from {{ ref('int_units') }} as units
left join {{ ref('int_unit_keys') }} as unit_keys
    on units.county_id = unit_keys.county_id and units.parent_unit_id = unit_keys.unit_id
left join staffed
    on units.county_id || '-' || units.unit_id = staffed.unit_key
