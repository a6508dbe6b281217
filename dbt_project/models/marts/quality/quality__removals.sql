-- Grain: what one run of retention removed of one kind by one rule.
-- Steps: as retention recorded it.
select
    night,
    run,
    what,
    rule,
    files,
    bytes
from {{ ref('stg_ledger__removals') }}
