-- Grain: household with a helper or a visit, on the night.
-- Steps: 1. accepted assignments in force, and of provisional households those of the attempt that is held, the last
-- row of each, without those that it closes; 2. of those that last tonight the one of a helper in office that began
-- last is the helper, or the one that began last where none is in office; the others are counted; 3. visits up to the
-- night.
with

held as (
    select
        rows_held.*,
        row_number() over (
            partition by rows_held.household_key, rows_held.staff_id, rows_held.from_date
            order by rows_held.number desc, rows_held.row desc
        ) as recency
    from {{ ref('stg_held__assignments') }} as rows_held
    inner join {{ ref('int_provisional_households') }} as provisional
        on rows_held.household_key = provisional.household_key and provisional.cut_id = 'night'
    inner join {{ ref('int_open_holds') }} as holds
        on
            rows_held.household_key = holds.household_key
            and rows_held.attempt_id = holds.attempt_id
            and holds.dataset = 'assignments'
            and holds.cut_id = 'night'
    where rows_held.staff_id is not null and rows_held.from_date is not null
),

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
        household_key,
        county_id,
        staff_id,
        from_date,
        to_date
    from held
    where recency = 1 and operation is distinct from 'close'
),

named as (
    select
        assigned.household_key,
        assigned.staff_id,
        assigned.from_date,
        {{ referred_key('staff_keys', 'staff_key', 'assigned', 'staff_id') }} as staff_key
    from assigned
    left join {{ ref('int_staff_keys') }} as staff_keys
        on assigned.county_id = staff_keys.county_id and assigned.staff_id = staff_keys.staff_id
    where assigned.from_date <= {{ night() }} and (assigned.to_date is null or assigned.to_date >= {{ night() }})
),

in_charge as (
    select
        named.*,
        row_number() over (
            partition by named.household_key
            order by holders.staff_key is not null desc, named.from_date desc, named.staff_id asc
        ) as recency
    from named
    left join {{ ref('int_holders') }} as holders
        on named.staff_key = holders.staff_key
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
