-- Grain: one attempt.
-- Steps: rows up to the night, nothing else.
select
    attempt_id,
    submitter,
    county_id,
    night,
    state,
    received,
    accepted,
    held,
    rejected,
    reason
from {{ source('ledger', 'attempt_states') }}
where night <= {{ night() }}
