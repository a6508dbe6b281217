{# The acts of an office that end the help to a household, all or those that no later news of it undoes, and the acts
   that take it in: each list is stated here alone. #}
{% macro ending_acts(for_good=false) %}
{{ return(['remove', 'stop'] if for_good else ['exit', 'remove', 'stop']) }}
{% endmacro %}
{% macro taking_in_acts() %}{{ return(['register', 'return']) }}{% endmacro %}

{# Whether an exit ends the help to a household as it was last told: one of before the household was reported as returned,
   or with a risk that stands, ends nothing. #}
{% macro exit_ends(exited_on, told) -%}
{{ exited_on }} >= {{ told }}.as_of
or not (coalesce({{ told }}.exit_flag, '0') = '3' or ({{ risk_stands(told) }}))
{%- endmacro %}

{# Households that an office decided to end by the cut: its exit, removal or stop, decided since it was last taken in. `told`
   is a relation with cut_id, household_key, as_of and the columns of households: how each was last told of before its
   close. #}
{% macro ended_by_decision(told) -%}
with

decided as (
    select
        cut_id,
        household_key,
        max(decided_on) filter (where act in ({{ quoted(ending_acts(for_good=true)) }})) as ended_on,
        max(decided_on) filter (where act = 'exit') as exited_on,
        max(decided_on) filter (where act in ({{ quoted(taking_in_acts()) }})) as taken_in_on
    from {{ ref('int_cut_decisions') }}
    group by cut_id, household_key
)

select
    decided.cut_id,
    decided.household_key
from decided
inner join {{ told }} as told
    on decided.cut_id = told.cut_id and decided.household_key = told.household_key
where
    decided.ended_on >= coalesce(decided.taken_in_on, decided.ended_on)
    or (
        decided.exited_on >= coalesce(decided.taken_in_on, decided.exited_on)
        and ({{ exit_ends('decided.exited_on', 'told') }})
    )
{%- endmacro %}
