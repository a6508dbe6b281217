-- Grain: cut, household and dataset of which rows are held that nothing has replaced.
-- Steps: 1. rows that speak of the cut's day or earlier, known by it; without those of an attempt that its office
-- withdrew, where an accepted row of the household stands; 2. of each the highest number among those that speak of its
-- day or a later one; 3. held ones are open that no later attempt replaced, which speaks of their day or a later one
-- and sent rows of the same dataset for the household, or was a full package with the household in it; a close
-- replaces a close alone; and that no person released: a later night accepted them from the same attempt; 4. the
-- latest open attempt, the latest of those that tell more than a close, and whether a close came after that; 5. the
-- night since which the dataset of this household is held without a break.
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
        on touches.known_at <= cuts.known_by and touches.as_of <= cuts.state_on
    left join standing
        on
            touches.household_key = standing.household_key
            and touches.dataset = standing.dataset
            and touches.known_at > standing.known_at
    left join {{ ref('stg_ledger__withdrawals') }} as withdrawals
        on
            touches.attempt_id = withdrawals.attempt_id
            and cuts.known_by >= withdrawals.known_at
    where standing.household_key is null or withdrawals.attempt_id is null
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

-- The frame of each window: rows that speak of this row's day or a later one.
followed as (
    select
        relevant.*,
        max(number) over later as last_number,
        max(number) filter (where not closes) over later as last_told,
        max(number) filter (where closes) over later as last_close,
        max(number) filter (where not held) over later as last_accepted,
        max(number) filter (where not held and not closes) over later as last_told_accepted,
        max(number) filter (where dataset = 'households' and kind = 'full' and not closes) over later_in_any
            as last_full,
        max(night) filter (where not held) over (partition by cut_id, household_key, dataset, number, as_of)
            as released_night
    from relevant
    window
        later as (partition by cut_id, household_key, dataset order by as_of desc),
        later_in_any as (partition by cut_id, household_key order by as_of desc)
),

held as (
    select
        *,
        number = case when closes then last_number else last_told end
        and coalesce(last_full <= number, true)
        and coalesce(released_night <= night, true) as is_open,
        number > coalesce(case when closes then last_accepted else last_told_accepted end, 0) as in_spell
    from followed
    where held
)

select
    cut_id,
    household_key,
    max_by(county_id, (as_of, number)) filter (where is_open) as county_id,
    dataset,
    max_by(attempt_id, (as_of, number)) filter (where is_open) as attempt_id,
    max_by(number, (as_of, number)) filter (where is_open) as number,
    max_by(night, (as_of, number)) filter (where is_open) as night,
    max_by(attempt_id, (as_of, number)) filter (where is_open and not closes) as told_attempt_id,
    max_by(coalesce(last_close > number, false), (as_of, number)) filter (where is_open and not closes) as told_closed,
    list_sort(list_distinct(flatten(array_agg(held_by) filter (where is_open)))) as held_by,
    min(night) as held_since_night
from held
where is_open or in_spell
group by cut_id, household_key, dataset
having bool_or(is_open)
