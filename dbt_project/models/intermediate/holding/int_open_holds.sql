-- Grain: cut, household and dataset whose latest rows are held.
-- Steps: 1. held rows that speak of the cut's day or earlier, known by it; 2. without those that a later attempt
-- replaced: it sent rows of the same dataset for the household, or it was a full package with the household in it; and
-- without those that a person released: a later night accepted them from the same attempt; and without those of an
-- attempt that its office withdrew, where an accepted row of the household stands; 3. the night since which the dataset
-- of this household is held without a break.
with

standing as (
    select
        household_key,
        dataset,
        min(known_at) as known_at
    from {{ ref('int_household_touches') }}
    where not held
    group by household_key, dataset
),

known as (
    select
        cuts.cut_id,
        touches.*
    from {{ ref('int_household_touches') }} as touches
    inner join {{ ref('int_cuts') }} as cuts
        on touches.known_at <= cuts.known_by
    left join standing
        on
            touches.household_key = standing.household_key
            and touches.dataset = standing.dataset
            and touches.known_at > standing.known_at
    left join {{ ref('stg_ledger__withdrawals') }} as withdrawals
        on
            touches.attempt_id = withdrawals.attempt_id
            and cuts.known_by >= withdrawals.known_at
    where
        not touches.held
        or (touches.as_of <= cuts.state_on and (standing.household_key is null or withdrawals.attempt_id is null))
),

touched_households as (
    select
        cut_id,
        household_key
    from known
    where held
    group by cut_id, household_key
),

relevant as (
    select known.*
    from known
    inner join touched_households
        on known.cut_id = touched_households.cut_id and known.household_key = touched_households.household_key
),

latest as (
    select
        cut_id,
        household_key,
        dataset,
        max(number) as number,
        max(number) filter (where not held) as last_accepted
    from relevant
    group by cut_id, household_key, dataset
),

released as (
    select
        cut_id,
        household_key,
        dataset,
        number,
        max(night) as night
    from relevant
    where not held
    group by cut_id, household_key, dataset, number
),

last_full as (
    select
        cut_id,
        household_key,
        max(number) as number
    from relevant
    where dataset = 'households' and kind = 'full'
    group by cut_id, household_key
),

open_holds as (
    select
        relevant.*,
        latest.last_accepted
    from relevant
    inner join latest
        on
            relevant.cut_id = latest.cut_id
            and relevant.household_key = latest.household_key
            and relevant.dataset = latest.dataset
            and relevant.number = latest.number
    left join last_full
        on relevant.cut_id = last_full.cut_id and relevant.household_key = last_full.household_key
    left join released
        on
            relevant.cut_id = released.cut_id
            and relevant.household_key = released.household_key
            and relevant.dataset = released.dataset
            and relevant.number = released.number
            and relevant.night < released.night
    where
        relevant.held
        and released.number is null
        and (last_full.number is null or last_full.number <= relevant.number)
)

select
    open_holds.cut_id,
    open_holds.household_key,
    open_holds.county_id,
    open_holds.dataset,
    open_holds.attempt_id,
    open_holds.number,
    open_holds.night,
    open_holds.held_by,
    min(spell.night) as held_since_night
from open_holds
inner join relevant as spell
    on
        open_holds.cut_id = spell.cut_id
        and open_holds.household_key = spell.household_key
        and open_holds.dataset = spell.dataset
        and spell.held
        and (open_holds.number = spell.number or spell.number > coalesce(open_holds.last_accepted, 0))
group by
    open_holds.cut_id, open_holds.household_key, open_holds.county_id, open_holds.dataset, open_holds.attempt_id,
    open_holds.number, open_holds.night, open_holds.held_by
