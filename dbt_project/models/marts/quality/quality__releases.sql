-- Grain: attempt held by a breaker on which a person decided.
-- Steps: 1. the decision; 2. the night that took the attempt's rows up, and how many.
with

taken as (
    select
        attempt_id,
        min(night) as taken_night,
        sum(rows) as rows_taken
    from {{ ref('stg_ledger__released') }}
    group by attempt_id
)

select
    decisions.attempt_id,
    decisions.county_id,
    decisions.answer,
    decisions.decided_by,
    decisions.decided_at,
    decisions.reason,
    decisions.night,
    taken.taken_night,
    cast(coalesce(taken.rows_taken, 0) as bigint) as rows_taken
from {{ ref('stg_ledger__release_decisions') }} as decisions
left join taken
    on decisions.attempt_id = taken.attempt_id
