-- Grain: inbox account and night.
-- Steps: 1. who was expected: every account that was there; 2. what came from it, each package by how much it says of
-- the night: rows taken, then held whole, then nothing due, then taken back or replaced, then refused; 3. the night is
-- what its weightiest package is, the last of them; and what was refused or held whole after that; 4. packages that the
-- office took back on the night; 5. waiting when nothing came but a package was still being written, missing when there
-- was none either.
with

weighed as (
    select
        attempt_id,
        submitter,
        night,
        number,
        arrived_at,
        refusal,
        reason,
        case when nothing_due and state = 'accepted' then 'nothing_due' else state end as outcome,
        case
            when nothing_due and state = 'accepted' then 3
            when state in ('accepted', 'accepted_with_queries', 'partly_accepted') then 5
            when state = 'held' then 4
            when state = 'rejected' then 1
            else 2
        end as weight
    from {{ ref('int_attempts') }}
),

came as (
    select
        submitter,
        night,
        count(*) as attempts,
        bool_or(outcome = 'nothing_due') and count(*) filter (where refusal is null) = 1 as nothing_due,
        bool_and(coalesce(outcome = 'rejected', false)) as refused,
        min(arrived_at) as first_arrived_at
    from weighed
    group by submitter, night
),

ranked as (
    select
        *,
        row_number() over (partition by submitter, night order by weight desc, number desc) as place
    from weighed
),

weightiest as (
    select *
    from ranked
    where place = 1
),

last_beside as (
    select
        ranked.submitter,
        ranked.night,
        max(ranked.number) as number
    from ranked
    inner join weightiest
        on ranked.submitter = weightiest.submitter and ranked.night = weightiest.night
    where ranked.number > weightiest.number and ranked.outcome in ('rejected', 'held')
    group by ranked.submitter, ranked.night
),

later as (
    select ranked.*
    from ranked
    inner join last_beside
        on
            ranked.submitter = last_beside.submitter
            and ranked.night = last_beside.night
            and ranked.number = last_beside.number
),

taken_back as (
    select
        speaking.submitter,
        speaking.night,
        count(*) as withdrawn
    from {{ ref('int_attempts') }} as attempts
    inner join {{ ref('int_attempts') }} as speaking
        on attempts.withdrawn_by = speaking.attempt_id
    group by speaking.submitter, speaking.night
)

select
    accounts.submitter,
    accounts.submitter_kind,
    accounts.county_id,
    accounts.night,
    case
        when came.submitter is null and accounts.waiting > 0 then 'waiting'
        when came.submitter is null then 'missing'
        when came.refused then 'refused'
        when came.nothing_due then 'nothing_due'
        else 'received'
    end as state,
    case
        when came.submitter is not null then coalesce(weightiest.outcome, 'received')
        when accounts.waiting > 0 then 'waiting'
        else 'missing'
    end as outcome,
    weightiest.reason,
    later.outcome as later_outcome,
    later.reason as later_reason,
    cast(coalesce(came.attempts, 0) as integer) as attempts,
    cast(coalesce(taken_back.withdrawn, 0) as integer) as withdrawn,
    cast(coalesce(accounts.waiting, 0) as integer) as waiting,
    came.first_arrived_at
from {{ ref('stg_ledger__accounts') }} as accounts
left join came
    on accounts.submitter = came.submitter and accounts.night = came.night
left join weightiest
    on accounts.submitter = weightiest.submitter and accounts.night = weightiest.night
left join later
    on accounts.submitter = later.submitter and accounts.night = later.night
left join taken_back
    on accounts.submitter = taken_back.submitter and accounts.night = taken_back.night
