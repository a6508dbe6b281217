-- Grain: one version of a household: household_key, version.
-- Steps: the accepted versions, numbered in the order of as_of, known_at, attempt and row. The state on a date D as
-- known at K is the last version with as_of <= D and known_at <= K; a close ends the household.
{% set columns = contract_columns('households')['columns'] %}
select
    household_key,
    cast(row_number() over (
        partition by household_key order by as_of, known_at, number, file, row
    ) as integer) as version,
    county_id,
    {{ columns | join(',\n    ') }},
    attempt_id,
    as_of,
    known_at
from {{ ref('int_household_versions') }}
