-- Grain: open cut and new household that is held: no version of it was ever accepted and is in force.
-- Steps: 1. held household rows of open holds, the last row of the attempt; 2. without those with an accepted version
-- in force; 3. as far as they could be read. A held close makes no household.
{% set wanted = contract_columns('households') %}
with

held as (
    select
        holds.cut_id,
        rows_held.*,
        row_number() over (partition by holds.cut_id, rows_held.household_key order by rows_held.row desc) as recency
    from {{ ref('stg_held__households') }} as rows_held
    inner join {{ ref('int_open_holds') }} as holds
        on
            rows_held.household_key = holds.household_key
            and rows_held.attempt_id = holds.attempt_id
            and holds.dataset = 'households'
    inner join {{ ref('int_open_cuts') }} as open_cuts
        on holds.cut_id = open_cuts.cut_id
)

select
    held.cut_id,
    held.county_id,
    held.household_key,
    {% for column in wanted['columns'] %}held.{{ column }},
    {% endfor %}
    held.submitter,
    held.attempt_id,
    held.night,
    held.as_of,
    held.known_at
from held
left join {{ ref('int_accepted_households') }} as accepted
    on held.cut_id = accepted.cut_id and held.household_key = accepted.household_key
where held.recency = 1 and coalesce(held.operation, 'upsert') <> 'close' and accepted.household_key is null
