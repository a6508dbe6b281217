-- Grain: one attempt and dataset.
-- Steps: rows up to the night, nothing else.
select
    attempt_id,
    submitter,
    night,
    dataset,
    received,
    accepted,
    held,
    rejected
from {{ source('ledger', 'conservation') }}
where night <= {{ night() }}
