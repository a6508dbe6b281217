-- Grain: inbox account and night.
-- Steps: 1. who was expected: every account that was there; 2. what came from it; 3. waiting when nothing did but
-- a package was still being written, missing when there was none either.
with

came as (
    select
        submitter,
        night,
        count(*) as attempts,
        count(*) filter (where refusal is null) as readable_attempts,
        bool_or(nothing_due and refusal is null) as nothing_due,
        min(arrived_at) as first_arrived_at
    from {{ ref('stg_ledger__attempts') }}
    group by submitter, night
)

select
    accounts.submitter,
    accounts.submitter_kind,
    accounts.county_id,
    accounts.night,
    case
        when came.submitter is null and accounts.waiting > 0 then 'waiting'
        when came.submitter is null then 'missing'
        when came.readable_attempts = 0 then 'refused'
        when came.nothing_due and came.readable_attempts = 1 then 'nothing_due'
        else 'received'
    end as state,
    cast(coalesce(came.attempts, 0) as integer) as attempts,
    cast(coalesce(accounts.waiting, 0) as integer) as waiting,
    came.first_arrived_at
from {{ ref('stg_ledger__accounts') }} as accounts
left join came
    on accounts.submitter = came.submitter and accounts.night = came.night
