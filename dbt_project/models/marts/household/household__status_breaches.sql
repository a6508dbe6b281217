-- Grain: household, track, day of a step and breach.
-- Steps: what was against the rules in a step between two states. A finding for a person: nothing is repaired by it.
select
    household_key,
    track,
    stepped_on,
    breach,
    from_state,
    state,
    attempt_id,
    known_at
from {{ ref('int_status_breaches') }}
