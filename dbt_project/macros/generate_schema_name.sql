{# Custom schema names are exact: household, not main_household. #}
{% macro generate_schema_name(custom_schema_name, node) %}
{{ return(custom_schema_name if custom_schema_name else target.schema) }}
{% endmacro %}
