-- Grain: attempt and dataset.
-- Steps: received = accepted + held + rejected, as counted at the door and by the judge.
select
    attempt_id,
    submitter,
    night,
    dataset,
    received,
    accepted,
    held,
    rejected,
    received = accepted + held + rejected as conserved
from {{ ref('stg_ledger__conservation') }}
