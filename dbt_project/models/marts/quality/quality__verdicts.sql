-- Grain: attempt and rule that decides on a whole attempt.
-- Steps: as the judge wrote them.
select
    night,
    submitter,
    county_id,
    attempt_id,
    rule,
    verdict,
    measured,
    threshold
from {{ ref('stg_ledger__verdicts') }}
