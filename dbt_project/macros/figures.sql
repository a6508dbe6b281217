{# Figures that zone.change_explained explains: columns of int_household_figures, 1 where a household counts. #}
{% macro explained_figures() %}
{{ return(['registered', 'below_poverty_line', 'below_monitoring_range', 'multidimensionally_poor']) }}
{% endmacro %}

{# The same figures as the marts add them up, by cut, area and weight. #}
{% macro area_totals() -%}
select
    cut_id,
    area_kind,
    area_code,
    weight,
    'registered' as figure,
    registered as total
from {{ ref('int_poverty_measures') }}
where line = 'poverty_line' and income = 'after_assistance'
union all
select
    cut_id,
    area_kind,
    area_code,
    weight,
    'below_' || line as figure,
    below_line as total
from {{ ref('int_poverty_measures') }}
where income = 'after_assistance'
union all
select
    cut_id,
    area_kind,
    area_code,
    weight,
    'multidimensionally_poor' as figure,
    poor as total
from {{ ref('int_deprivation_measures') }}
where dimension = 'all'
{%- endmacro %}
