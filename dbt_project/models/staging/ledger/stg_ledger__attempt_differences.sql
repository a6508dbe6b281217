-- Grain: one attempt and dataset.
-- Steps: rows up to the night, nothing else.
select
    attempt_id,
    submitter,
    county_id,
    night,
    dataset,
    new_rows,
    changed_rows,
    unchanged_rows,
    closed_rows,
    held_rows,
    rejected_rows,
    absent_rows
from {{ source('ledger', 'attempt_differences') }}
where night <= {{ night() }}
