-- Grain: exit of a household from the register, decided by the night and carried out.
-- Steps: 1. decisions of exit; 2. the days on which households came back: by a decision, or by what their rows say;
-- 3. several decisions with no return between them are one exit, of the first day; 4. those carried out: the household
-- came back since, or is told of as exited or closed after that day; one that still waits for its row is no exit yet;
-- 5. where it lives, or was last told to live.
with

exits_decided as (
    select
        household_key,
        decided_on
    from {{ ref('int_cut_decisions') }}
    where cut_id = 'night' and act = 'exit'
),

came_back as (
    select
        household_key,
        decided_on as returned_on
    from {{ ref('int_cut_decisions') }}
    where cut_id = 'night' and act in ({{ quoted(taking_in_acts()) }})
    union
    select
        household_key,
        stepped_on as returned_on
    from {{ ref('int_status_steps') }}
    where
        track = 'registered'
        and (state = 'returned' or (from_state in ('exited', 'closed') and state in ('registered', 'pre_exit')))
),

followed as (
    select
        exits_decided.household_key,
        exits_decided.decided_on,
        min(came_back.returned_on) as returned_on
    from exits_decided
    left join came_back
        on exits_decided.household_key = came_back.household_key and exits_decided.decided_on < came_back.returned_on
    group by exits_decided.household_key, exits_decided.decided_on
),

exits as (
    select
        household_key,
        returned_on,
        min(decided_on) as exited_on
    from followed
    group by household_key, returned_on
),

told as (
    select
        household_key,
        max(coalesce(next_step_on, date '9999-12-31')) as exited_until
    from {{ ref('int_status_steps') }}
    where track = 'registered' and state in ('exited', 'closed')
    group by household_key
)

select
    exits.household_key,
    exits.exited_on,
    exits.returned_on,
    coalesce(households.place_code, last_villages.village_code) as place_code
from exits
left join told
    on exits.household_key = told.household_key
left join {{ ref('int_households') }} as households
    on exits.household_key = households.household_key and households.cut_id = 'night'
left join {{ ref('int_last_villages') }} as last_villages
    on exits.household_key = last_villages.household_key
where exits.returned_on is not null or told.exited_until > exits.exited_on
