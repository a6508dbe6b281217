{# A compound key is unique and, unless nulls are allowed, whole. #}
{% test unique_key(model, columns, nulls_allowed=false) %}
select
    {{ columns | join(', ') }},
    count(*) as rows_of_key
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1 {% if not nulls_allowed %}{% for column in columns %} or {{ column }} is null{% endfor %}{% endif %}
{% endtest %}
