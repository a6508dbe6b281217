-- Grain: one visit to a household.
-- Steps: visits in force on the night, of households in the marts.
select
    visits.county_id || '-' || visits.visit_id as visit_key,
    visits.household_key,
    {{ referred_key('staff_keys', 'staff_key', 'visits', 'staff_id') }} as staff_key,
    visits.visited_on,
    visits.visit_kind,
    visits.attempt_id,
    visits.as_of,
    visits.known_at
from {{ ref('int_visits') }} as visits
left join {{ ref('int_staff_keys') }} as staff_keys
    on visits.county_id = staff_keys.county_id and visits.staff_id = staff_keys.staff_id
inner join {{ ref('int_households') }} as households
    on visits.household_key = households.household_key and households.cut_id = 'night'
