{# Levels that are evaluated, with the digits of their codes. No person is, and no unit: a unit may be one household's
   only helper. #}
{% macro evaluated_levels() %}
(
    select 'province' as level, 2 as digits
    union all
    select 'county' as level, 6 as digits
)
{% endmacro %}

{# False for the rows that a recomputation leaves out (TARGETED_SCORE_WITHOUT: keys with commas); true on every night. #}
{% macro not_contested(column) %}
{%- set keys = env_var('TARGETED_SCORE_WITHOUT', '').split(',') if execute else [] -%}
{%- set wanted = keys | select | list -%}
{%- if wanted -%}
{{ column }} not in ({% for key in wanted %}'{{ key | replace("'", "''") }}'{{ ', ' if not loop.last }}{% endfor %})
{%- else -%}
true
{%- endif -%}
{% endmacro %}

{# The day a recomputation asks for (TARGETED_SCORE_AS_OF); null on every night. #}
{% macro asked_day() %}
{%- set day = env_var('TARGETED_SCORE_AS_OF', '') if execute else '' -%}
{%- if day -%} cast('{{ day }}' as date) {%- else -%} cast(null as date) {%- endif -%}
{% endmacro %}
