-- Grain: one inbox account and night.
-- Steps: rows up to the night, nothing else.
select
    submitter,
    submitter_kind,
    county_id,
    night
from {{ source('ledger', 'accounts') }}
where night <= {{ night() }}
