-- Grain: one attempt that a person decided on.
-- Steps: rows up to the night, nothing else.
select
    county_id,
    attempt_id,
    answer,
    night,
    decided_by,
    decided_at,
    reason
from {{ source('ledger', 'release_decisions') }}
where night <= {{ night() }}
