-- Grain: one alert.
-- Steps: of the snapshots, one a night, the newest up to the night, nothing else.
with

up_to_the_night as (
    select *
    from {{ source('ledger', 'alert_history') }}
    where night <= {{ night() }}
)

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
from up_to_the_night
where night = (select max(night) from up_to_the_night)
