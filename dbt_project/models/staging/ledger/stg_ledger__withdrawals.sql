-- Grain: one attempt that its office took back.
-- Steps: rows up to the night, the first word of each attempt.
select
    attempt_id,
    min(county_id) as county_id,
    min(night) as night,
    min(known_at) as known_at,
    min_by(withdrawn_by, night) as withdrawn_by
from {{ source('ledger', 'withdrawals') }}
where night <= {{ night() }}
group by attempt_id
