-- Grain: one attempt, the package as received.
-- Steps: 1. the ledger; 2. the state after judging, rejected at the door, or withdrawn by a later package.
select
    attempts.attempt_id,
    attempts.submitter,
    attempts.submitter_kind,
    attempts.county_id,
    attempts.number,
    attempts.night,
    attempts.arrived_at,
    attempts.known_at,
    attempts.package,
    attempts.sha256,
    attempts.bytes,
    attempts.contract_version,
    attempts.kind,
    attempts.as_of,
    attempts.nothing_due,
    attempts.readable,
    attempts.refusal,
    attempts.replay_of,
    case
        when withdrawals.attempt_id is not null then 'withdrawn'
        else coalesce(states.state, case when attempts.refusal is not null then 'rejected' end)
    end as state,
    coalesce(states.reason, attempts.refusal) as reason,
    withdrawals.night as withdrawn_night,
    withdrawals.withdrawn_by
from {{ ref('stg_ledger__attempts') }} as attempts
left join {{ ref('stg_ledger__attempt_states') }} as states
    on attempts.attempt_id = states.attempt_id
left join {{ ref('stg_ledger__withdrawals') }} as withdrawals
    on attempts.attempt_id = withdrawals.attempt_id
