-- Grain: one inbox account and night.
-- Steps: rows up to the night, nothing else.
select
    submitter,
    submitter_kind,
    county_id,
    night,
    waiting
from {{ source('ledger', 'accounts') }}
where night <= {{ night() }}
