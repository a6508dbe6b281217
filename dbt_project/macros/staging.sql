{# Rows of a dataset in the lake up to the night. Kinds: accepted, held. #}
{% macro stage_rows(kind, dataset) %}
{%- set wanted = contract_columns(dataset) -%}
{%- set names = wanted['key'] + wanted['columns'] -%}
select
    submitter,
    county_id,
    attempt_id,
    number,
    night,
    file,
    row,
    as_of,
    known_at,
    {{ names | join(',\n    ') }}
    {%- if kind == 'held' %},
    held_by,
    provisional
    {%- endif %}
from {{ source(kind, dataset) }}
where night <= {{ night() }}
{% endmacro %}
