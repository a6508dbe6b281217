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

-- A decision of before the household was last taken in ends nothing.
decided as (
    select
        cut_id,
        household_key,
        max(decided_on) filter (where act in ('remove', 'stop')) as ended_on,
        max(decided_on) filter (where act = 'exit') as exited_on,
        max(decided_on) filter (where act in ('register', 'return')) as taken_in_on
    from {{ ref('int_cut_decisions') }}
    group by cut_id, household_key
),

ended as (
    select
        decided.cut_id,
        decided.household_key
    from decided
    inner join last_upserts
        on decided.cut_id = last_upserts.cut_id and decided.household_key = last_upserts.household_key
    where
        decided.ended_on >= coalesce(decided.taken_in_on, decided.ended_on)
        or (
            decided.exited_on >= coalesce(decided.taken_in_on, decided.exited_on)
            and (
                decided.exited_on >= last_upserts.as_of
                or not (coalesce(last_upserts.exit_flag, '0') = '3' or ({{ risk_stands('last_upserts') }}))
            )
        )
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
