{# The night being built and its cut-off. Read when a model runs and not when it is parsed: a new night is no new code. #}
{% macro night() %}
{%- if execute -%} cast('{{ env_var("TARGETED_NIGHT") }}' as date) {%- else -%} cast(null as date) {%- endif -%}
{% endmacro %}

{% macro known_at() %}
{%- if execute -%} cast('{{ env_var("TARGETED_KNOWN_AT") }}' as timestamp) {%- else -%} cast(null as timestamp) {%- endif -%}
{% endmacro %}
