-- Grain: household with a helper or a visit, on the night.
-- Steps: 1. assignments that last tonight, accepted or of a provisional household; 2. the one that began last is the
-- helper, the others are counted; 3. visits up to the night.
with

assigned as (
    select
        household_key,
        county_id,
        staff_id,
        from_date,
        to_date
    from {{ ref('int_assignments') }}
    union
    select
        rows_held.household_key,
        rows_held.county_id,
        rows_held.staff_id,
        rows_held.from_date,
        rows_held.to_date
    from {{ ref('stg_held__assignments') }} as rows_held
    inner join {{ ref('int_provisional_households') }} as provisional
        on rows_held.household_key = provisional.household_key and provisional.cut_id = 'night'
    where rows_held.staff_id is not null and rows_held.from_date is not null
),

in_charge as (
    select
        assigned.household_key,
        assigned.staff_id,
        assigned.from_date,
        {{ referred_key('staff_keys', 'staff_key', 'assigned', 'staff_id') }} as staff_key,
        row_number() over (
            partition by assigned.household_key order by assigned.from_date desc, assigned.staff_id asc
        ) as recency
    from assigned
    left join {{ ref('int_staff_keys') }} as staff_keys
        on assigned.county_id = staff_keys.county_id and assigned.staff_id = staff_keys.staff_id
    where assigned.from_date <= {{ night() }} and (assigned.to_date is null or assigned.to_date >= {{ night() }})
),

helpers as (
    select
        household_key,
        max(staff_key) filter (where recency = 1) as helper_staff_key,
        max(from_date) filter (where recency = 1) as helper_from,
        count(distinct staff_id) as helpers
    from in_charge
    group by household_key
),

visits as (
    select
        household_key,
        max(visited_on) as last_visit_on,
        count(*) as visits
    from {{ ref('int_visits') }}
    where visited_on <= {{ night() }}
    group by household_key
)

select
    coalesce(helpers.household_key, visits.household_key) as household_key,
    helpers.helper_staff_key,
    helpers.helper_from,
    coalesce(helpers.helpers, 0) as helpers,
    visits.last_visit_on,
    coalesce(visits.visits, 0) as visits
from helpers
full outer join visits
    on helpers.household_key = visits.household_key
