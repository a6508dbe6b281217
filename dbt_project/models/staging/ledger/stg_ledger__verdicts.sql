-- Grain: one verdict of a rule on an attempt.
-- Steps: rows up to the night, nothing else.
select
    night,
    submitter,
    county_id,
    attempt_id,
    rule,
    verdict,
    measured,
    threshold
from {{ source('ledger', 'verdicts') }}
where night <= {{ night() }}
