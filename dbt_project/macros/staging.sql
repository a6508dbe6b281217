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

{# Which member of which household a row is of, and the keyed hash of its resident number, up to the night. Kinds:
   accepted, held. For views alone: the hash stays in the lake, and no table may hold it. #}
{% macro stage_person_keys(kind) %}
select
    attempt_id,
    number,
    file,
    row,
    as_of,
    known_at,
    household_key,
    person_no,
    person_key
from {{ source(kind, 'persons') }}
where night <= {{ night() }} and person_key is not null and household_key is not null and person_no is not null
{% endmacro %}

{# Every telling of a member's number, accepted and held, as a keyed hash that no table keeps. #}
{% macro told_person_keys() -%}
{%- for kind in ['accepted', 'held'] -%}
select
    household_key,
    person_no,
    person_key,
    as_of,
    known_at,
    number,
    row
from {{ ref('stg_' ~ kind ~ '__person_keys') }}
{%- if not loop.last %}
union all
{% endif -%}
{%- endfor -%}
{%- endmacro %}

{# The keys of the rows that attempts sent, of every dataset, up to the night. Kinds: accepted, held. Only rows that
   could be keyed: of the others no finding has a row_key. #}
{% macro stage_row_keys(kind) -%}
{% for dataset, row_key in contract_row_keys().items() -%}
select
    '{{ dataset }}' as dataset,
    sent.county_id,
    sent.attempt_id,
    sent.number,
    sent.night,
    sent.file,
    sent.row,
    {{ row_key }} as row_key
from {{ source(kind, dataset) }} as sent
where sent.night <= {{ night() }}
{%- if not loop.last %}
union all
{% endif -%}
{%- endfor -%}
{%- endmacro %}
