-- Grain: one finding at the door.
-- Steps: rows up to the night, nothing else.
select
    finding_id,
    rule,
    rule_version,
    severity,
    trial,
    submitter,
    county_id,
    attempt_id,
    night,
    dataset,
    file,
    row,
    household_key,
    row_key,
    "column",
    value_class,
    detail
from {{ source('ledger', 'findings_receive') }}
where night <= {{ night() }}
