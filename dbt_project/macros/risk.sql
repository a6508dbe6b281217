{# Whether a household is monitored and its risk was not cleared; a monitored one without a word on its risk has it. #}
{% macro risk_stands(households) -%}
coalesce({{ households }}.monitoring_class, '0') <> '0' and coalesce({{ households }}.risk_status, '1') = '1'
{%- endmacro %}
