-- Grain: one released attempt and dataset.
-- Steps: rows up to the night, nothing else.
select
    night,
    county_id,
    attempt_id,
    dataset,
    rows
from {{ source('ledger', 'released') }}
where night <= {{ night() }}
