-- Grain: alert, from its opening to its end, however many nights it lasts.
-- Steps: of the memory of the alerts, which each night takes whole and as it stood before it, the newest; the night's
-- own alerts come after its quality.
select
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
    acted_on,
    night
from {{ ref('stg_ledger__alert_history') }}
where night = (select max(newest.night) from {{ ref('stg_ledger__alert_history') }} as newest)
