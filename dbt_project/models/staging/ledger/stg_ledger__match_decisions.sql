-- Grain: one decision on a match.
-- Steps: rows up to the night, nothing else.
select
    match_id,
    answer,
    belongs_to,
    counties,
    findings,
    silenced,
    night,
    decided_by,
    decided_at,
    reason
from {{ source('ledger', 'match_decisions') }}
where night <= {{ night() }}
