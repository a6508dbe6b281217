-- Grain: household that is held on the night.
-- Steps: 1. its open holds, where there is a household: a row of one that nobody sent is held alone; 2. since when, by
-- which rules; 3. the day by which it should be mended, overdue on that very night.
select
    holds.household_key,
    holds.held_attempt_id as attempt_id,
    households.provisional,
    holds.held_since_night,
    holds.held_night,
    cast({{ days_between('holds.held_since_night', night()) }} as integer) as held_days,
    holds.held_since_night + cast({{ national_standard('held_decision_days') }} as integer) as decide_by,
    holds.held_since_night + cast({{ national_standard('held_decision_days') }} as integer) <= {{ night() }}
        as decision_overdue,
    array_to_string(holds.held_datasets, ',') as held_datasets,
    array_to_string(holds.held_by, ',') as held_by
from {{ ref('int_household_holds') }} as holds
inner join {{ ref('int_households') }} as households
    on holds.cut_id = households.cut_id and holds.household_key = households.household_key
where holds.cut_id = 'night'
