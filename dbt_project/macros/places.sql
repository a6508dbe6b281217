{# Rows of places told of every place that they lie in, itself and those above it: by the digits of a division code,
   province, prefecture, county, township and village. `columns` come along; `union` drops what is equal then, and
   `union all` keeps it. #}
{% macro under_every_place(rows, columns, union='union') %}
{%- for digits in [2, 4, 6, 9, 12] %}
select
    {% for column in columns %}{{ column }},
    {% endfor %}substr(place_code, 1, {{ digits }}) as place_code
from {{ rows }}
where length(place_code) >= {{ digits }}
{{ union if not loop.last }}
{%- endfor %}
{% endmacro %}
