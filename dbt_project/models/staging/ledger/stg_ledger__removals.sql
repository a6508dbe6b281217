-- Grain: what one run of retention removed of one kind by one rule.
-- Steps: rows up to the night, nothing else.
select
    night,
    run,
    what,
    rule,
    files,
    bytes
from {{ source('ledger', 'removals') }}
where night <= {{ night() }}
