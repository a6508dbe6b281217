-- Grain: open cut and new household that is held: no version of it was ever accepted and is in force.
-- Steps: 1. held household rows of open holds, of the latest attempt that tells more than a close the last such row;
-- 2. without those with an accepted version in force; 3. without those that a close came for, held or accepted, and an
-- office decided to end (macros/endings.sql); 4. as far as they could be read.
{% set wanted = contract_columns('households') %}
with

held as (
    select
        holds.cut_id,
        holds.told_closed,
        rows_held.*,
        row_number() over (partition by holds.cut_id, rows_held.household_key order by rows_held.row desc) as recency
    from {{ ref('stg_held__households') }} as rows_held
    inner join {{ ref('int_open_holds') }} as holds
        on
            rows_held.household_key = holds.household_key
            and rows_held.attempt_id = holds.told_attempt_id
            and holds.dataset = 'households'
    inner join {{ ref('int_open_cuts') }} as open_cuts
        on holds.cut_id = open_cuts.cut_id
    where coalesce(rows_held.operation, 'upsert') <> 'close'
),

last_told as (
    select * from held
    where recency = 1
),

ended as (
    {{ ended_by_decision('last_told') | indent(4) }}
)

select
    last_told.cut_id,
    last_told.county_id,
    last_told.household_key,
    {% for column in wanted['columns'] %}last_told.{{ column }},
    {% endfor %}
    last_told.submitter,
    last_told.attempt_id,
    last_told.night,
    last_told.as_of,
    last_told.known_at
from last_told
left join {{ ref('int_accepted_households') }} as accepted
    on last_told.cut_id = accepted.cut_id and last_told.household_key = accepted.household_key
left join ended
    on last_told.cut_id = ended.cut_id and last_told.household_key = ended.household_key
where accepted.household_key is null and (ended.household_key is null or not last_told.told_closed)
