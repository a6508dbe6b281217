-- Grain: decision on a match between two households.
-- Steps: as the decision says; lists as text, and how many findings it silences.
select
    match_id,
    answer,
    belongs_to,
    array_to_string(counties, ',') as counties,
    decided_by,
    decided_at,
    reason,
    night,
    cast(len(findings) as integer) as findings,
    cast(len(silenced) as integer) as silenced
from {{ ref('stg_ledger__match_decisions') }}
