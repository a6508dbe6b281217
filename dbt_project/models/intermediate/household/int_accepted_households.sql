-- Grain: open cut and household with an accepted version in force.
-- Steps: 1. among the versions visible at the cut the last in order; 2. a close ends the household when an office
-- decided its exit, removal or stop by the cut and since it was last taken in; an exit of before the household was
-- reported as returned, or with a risk that stands, ends nothing; without such a decision the household stays as it
-- last stood.
{% set contract = contract_columns('households') %}
{% set versions = ref('int_household_versions') %}
{% set columns = ['cut_id', 'county_id'] + contract['key'] + contract['columns']
    + ['submitter', 'attempt_id', 'night', 'as_of', 'known_at'] %}
with

last_versions as (
    {{ in_force_at_cuts('households', versions, ref('int_open_cuts'), keep_closed=true) | indent(4) }}
),

closed as (
    select distinct household_key
    from last_versions
    where operation = 'close'
),

upserts as (
    select versions.*
    from {{ ref('int_household_versions') }} as versions
    inner join closed
        on versions.household_key = closed.household_key
    where versions.operation <> 'close'
),

last_upserts as (
    {{ in_force_at_cuts('households', 'upserts', ref('int_open_cuts')) | indent(4) }}
),

ended as (
    {{ ended_by_decision('last_upserts') | indent(4) }}
)

select
    {{ columns | join(',\n    ') }},
    false as close_undecided
from last_versions
where operation <> 'close'
union all
select
    {% for column in columns %}
    last_upserts.{{ column }},
    {% endfor %}
    true as close_undecided
from last_upserts
inner join last_versions
    on
        last_upserts.cut_id = last_versions.cut_id
        and last_upserts.household_key = last_versions.household_key
        and last_versions.operation = 'close'
left join ended
    on last_upserts.cut_id = ended.cut_id and last_upserts.household_key = ended.household_key
where ended.household_key is null
