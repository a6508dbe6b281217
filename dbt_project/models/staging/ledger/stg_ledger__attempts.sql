-- Grain: one attempt.
-- Steps: rows up to the night, nothing else.
select
    attempt_id,
    submitter,
    submitter_kind,
    county_id,
    number,
    night,
    arrived_at,
    known_at,
    package,
    sha256,
    bytes,
    contract_version,
    kind,
    as_of,
    nothing_due,
    readable,
    refusal,
    replay_of
from {{ source('ledger', 'attempts') }}
where night <= {{ night() }}
