-- Grain: night and alert that opened before it.
-- Steps: rows up to the night, nothing else.
select
    night,
    kind,
    subject,
    opened_night,
    number,
    signs,
    worst,
    severity,
    route,
    state,
    last_seen_night,
    last_told_night,
    resolved_night,
    seen,
    sent,
    silent,
    end_told,
    acted_on
from {{ source('ledger', 'alert_history') }}
where night <= {{ night() }}
