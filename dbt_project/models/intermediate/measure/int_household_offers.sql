-- Grain: measure offered to a household in the marts, on the night.
-- Steps: 1. accepted measures in force of accepted households; 2. held measures of provisional households, the last
-- row of the attempt; 3. where each stands: delivered by the day its row speaks for, accepted, not_taken_up or
-- offered. What households had that left since is in int_delivered_measures.
{% set columns = ['county_id', 'measure_id'] + contract_columns('measures')['columns'] + ['as_of', 'known_at'] %}
with

accepted as (
    {{ in_force_at_cuts('measures', ref('int_measure_versions'), ref('int_cuts')) | indent(4) }}
),

held as (
    select
        rows_held.*,
        row_number() over (
            partition by rows_held.county_id, rows_held.measure_id order by rows_held.number desc, rows_held.row desc
        ) as recency
    from {{ ref('stg_held__measures') }} as rows_held
    inner join {{ ref('int_open_holds') }} as holds
        on
            rows_held.household_key = holds.household_key
            and rows_held.attempt_id = holds.attempt_id
            and holds.dataset = 'measures'
            and holds.cut_id = 'night'
    where rows_held.measure_id is not null and rows_held.operation is distinct from 'close'
),

together as (
    select {{ columns | join(', ') }}, false as provisional from accepted
    where cut_id = 'night'
    union all
    select {{ columns | join(', ') }}, true as provisional from held
    where recency = 1
)

select
    together.*,
    {{ measure_standing('together') | indent(4) }} as standing
from together
inner join {{ ref('int_households') }} as households
    on
        together.household_key = households.household_key
        and households.cut_id = 'night'
        and together.provisional = households.provisional
