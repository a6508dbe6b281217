-- Grain: county and rate that the county's own acts tell of (wrong_exit, inclusion_error).
-- Steps: 1. households whose exit was decided, and those of them taken back since; 2. households ever registered as
-- poor, and those removed; 3. the shares, under each code the county ever had. Of omission, exclusion and satisfaction
-- a county's acts say nothing.
with

acts as (
    select
        county_id,
        household_key,
        max(decided_on) filter (where act = 'exit') as exited_on,
        max(decided_on) filter (where act = 'return') as returned_on,
        max(decided_on) filter (where act = 'remove') as removed_on
    from {{ ref('int_cut_decisions') }}
    where cut_id = 'night'
    group by county_id, household_key
),

ever_registered as (
    select
        county_id,
        household_key
    from {{ ref('int_accepted_households') }}
    where cut_id = 'night' and registered_on is not null
    union
    select
        county_id,
        household_key
    from acts
    where removed_on is not null
),

counted as (
    select
        county_id,
        'wrong_exit' as rate,
        count(*) filter (where returned_on >= exited_on) as hits,
        count(*) as households
    from acts
    where exited_on is not null
    group by county_id
    union all
    select
        ever_registered.county_id,
        'inclusion_error' as rate,
        count(*) filter (where acts.removed_on is not null) as hits,
        count(*) as households
    from ever_registered
    left join acts
        on ever_registered.household_key = acts.household_key
    group by ever_registered.county_id
)

select
    places.place_code as county_code,
    counted.rate,
    cast(counted.households as bigint) as households,
    {{ ratio('counted.hits', 'counted.households') }} as self_reported_rate
from counted
inner join {{ ref('places') }} as places
    on counted.county_id = places.county_id and places.level = 'county'
