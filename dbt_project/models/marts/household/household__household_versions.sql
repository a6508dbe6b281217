-- Grain: one version of a household: household_key, version.
-- Steps: 1. the accepted versions, numbered in the order of as_of, known_at, attempt and row. The state on a date D as
-- known at K is the last version with as_of <= D and known_at <= K; a close ends the household; 2. how the news came:
-- late when a later date had been spoken for before it was known, a correction when the same date had been.
{% set columns = contract_columns('households')['columns'] %}
with

in_order_known as (
    select
        versions.*,
        max(as_of) over (
            partition by household_key
            order by known_at, as_of, number, file, row
            rows between unbounded preceding and 1 preceding
        ) as spoken_for_before,
        lag(as_of) over (
            partition by household_key, as_of
            order by known_at, number, file, row
        ) as same_date_before
    from {{ ref('int_household_versions') }} as versions
)

select
    household_key,
    cast(row_number() over (
        partition by household_key order by as_of, known_at, number, file, row
    ) as integer) as version,
    county_id,
    {{ columns | join(',\n    ') }},
    case
        when spoken_for_before is null then 'first'
        when same_date_before is not null then 'correction'
        when spoken_for_before > as_of then 'late'
        else 'new'
    end as arrival,
    attempt_id,
    as_of,
    known_at
from in_order_known
