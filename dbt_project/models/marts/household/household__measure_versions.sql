-- Grain: one version of a measure as it is shown: measure_key, version.
-- Steps: the versions as they are shown, numbered in the order of as_of, known_at, attempt, row. An offer turned down
-- stays one that was made and not accepted, in every version: no list of those who declined exists, of no day, and none
-- comes of comparing two nights.
select
    shown.county_id || '-' || shown.measure_id as measure_key,
    cast(row_number() over (
        partition by shown.county_id, shown.measure_id
        order by shown.as_of, shown.known_at, shown.number, shown.file, shown.row
    ) as integer) as version,
    shown.household_key,
    cast(shown.person_no as integer) as person_no,
    shown.measure_code,
    shown.standing,
    shown.offered_on,
    shown.accepted_on,
    shown.planned_on,
    shown.delivered_on,
    shown.amount,
    shown.result,
    shown.operation,
    shown.close_reason,
    shown.closed_on,
    shown.attempt_id,
    shown.as_of,
    shown.known_at
from {{ ref('int_shown_measure_versions') }} as shown
