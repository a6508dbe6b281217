-- Grain: one version of a measure as it is shown: measure_key, version.
-- Steps: the versions as they are shown, numbered in the order of as_of, known_at, attempt, row. An offer turned down
-- stays one that was made and not accepted, in every version: no list of those who declined exists, of no day, and none
-- comes of comparing two nights.
select
    county_id || '-' || measure_id as measure_key,
    cast(row_number() over (
        partition by county_id, measure_id
        order by as_of, known_at, number, file, row
    ) as integer) as version,
    household_key,
    cast(person_no as integer) as person_no,
    measure_code,
    standing,
    offered_on,
    accepted_on,
    planned_on,
    delivered_on,
    amount,
    result,
    operation,
    attempt_id,
    as_of,
    known_at
from {{ ref('int_shown_measure_versions') }}
