{# Figures that zone.change_explained explains: columns of int_household_figures, 1 where a household counts. #}
{% macro explained_figures() %}
{{ return(['registered', 'below_poverty_line', 'below_monitoring_range', 'multidimensionally_poor']) }}
{% endmacro %}
