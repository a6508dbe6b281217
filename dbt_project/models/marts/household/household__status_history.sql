-- Grain: household, track (registered, monitoring) and day from which its state on that track holds.
-- Steps: the steps as known tonight: what the county reported, whether or not it was right to.
select
    household_key,
    track,
    state,
    from_state,
    stepped_on as valid_from,
    next_step_on as valid_until,
    attempt_id,
    known_at
from {{ ref('int_status_steps') }}
