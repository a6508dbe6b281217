-- Grain: one attempt, the package as received.
-- Steps: 1. the ledger; 2. the state after judging, rejected at the door, or withdrawn by a later package; 3. rows over
-- all its datasets.
with

rows_of as (
    select
        attempt_id,
        sum(received) as received,
        sum(accepted) as accepted,
        sum(held) as held,
        sum(rejected) as rejected
    from {{ ref('stg_ledger__conservation') }}
    group by attempt_id
),

files as (
    select
        attempt_id,
        count(*) as files,
        sum(layout_rows) as layout_rows
    from {{ ref('stg_ledger__files') }}
    group by attempt_id
)

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
    attempts.state,
    attempts.reason,
    attempts.withdrawn_night,
    attempts.withdrawn_by,
    cast(coalesce(files.files, 0) as integer) as files,
    cast(coalesce(files.layout_rows, 0) as bigint) as layout_rows,
    cast(coalesce(rows_of.received, 0) as bigint) as received,
    cast(coalesce(rows_of.accepted, 0) as bigint) as accepted,
    cast(coalesce(rows_of.held, 0) as bigint) as held,
    cast(coalesce(rows_of.rejected, 0) as bigint) as rejected
from {{ ref('int_attempts') }} as attempts
left join rows_of
    on attempts.attempt_id = rows_of.attempt_id
left join files
    on attempts.attempt_id = files.attempt_id
