-- Grain: one version of a measure that was not turned down: measure_key, version.
-- Steps: 1. the accepted versions, numbered in the order of as_of, known_at, attempt and row; 2. without the measures
-- that were turned down in any version: no list of those who declined exists, neither today's nor last June's.
with

turned_down as (
    select distinct
        county_id,
        measure_id
    from {{ ref('int_measure_versions') }}
    where response = '2'
)

select
    versions.county_id || '-' || versions.measure_id as measure_key,
    cast(row_number() over (
        partition by versions.county_id, versions.measure_id
        order by versions.as_of, versions.known_at, versions.number, versions.file, versions.row
    ) as integer) as version,
    versions.household_key,
    cast(versions.person_no as integer) as person_no,
    versions.measure_code,
    case
        when versions.delivered_on is not null then 'delivered'
        when versions.response = '1' then 'accepted'
        else 'offered'
    end as standing,
    versions.offered_on,
    case when versions.response = '1' then versions.responded_on end as accepted_on,
    versions.planned_on,
    versions.delivered_on,
    versions.amount,
    versions.result,
    versions.operation,
    versions.attempt_id,
    versions.as_of,
    versions.known_at
from {{ ref('int_measure_versions') }} as versions
left join turned_down
    on versions.county_id = turned_down.county_id and versions.measure_id = turned_down.measure_id
where turned_down.measure_id is null
