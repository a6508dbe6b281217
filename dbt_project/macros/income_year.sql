{# An income year runs from 1 October of the year before to 30 September. #}

{# The income year in which a day lies. #}
{% macro income_year_of(day) -%}
cast(year({{ day }} + interval 3 month) as integer)
{%- endmacro %}

{# Its first day. #}
{% macro income_year_begins(income_year) -%}
make_date({{ income_year }} - 1, 10, 1)
{%- endmacro %}

{# Its last day. #}
{% macro income_year_ends(income_year) -%}
make_date({{ income_year }}, 9, 30)
{%- endmacro %}
