-- Grain: designation.
-- Steps: 1. what its county and its province tell of it; 2. the county's own word comes first, since it knows who came;
-- 3. the key of the unit, from the list of the county or of its province.
with

told as (
    select
        designations.*,
        {{ referred_key('unit_keys', 'unit_key', 'designations', 'unit_id') }} as unit_key,
        row_number() over (
            partition by designations.designation_id
            order by designations.county_id like '%0000', designations.county_id
        ) as turn
    from {{ ref('int_designations') }} as designations
    left join {{ ref('int_unit_keys') }} as unit_keys
        on designations.county_id = unit_keys.county_id and designations.unit_id = unit_keys.unit_id
)

select
    designation_id,
    unit_key,
    helped_place_code,
    from_date,
    to_date,
    submitter,
    as_of,
    known_at
from told
where turn = 1
