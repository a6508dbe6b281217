{# The versions of a dataset's rows on two clocks.

   The rule: order a key's accepted rows by as_of, known_at, number of the attempt, file and row; leave a row out if and only if
   the row just before it in that order has the same business columns and was known no later. Whoever can see the row
   that is left out then also sees its equal before it, and nothing kept lies between the two: so the last row in that
   order among those with as_of <= D and known_at <= K gives the same state from the versions as from all rows, for
   every D and K. (Leaving out every row that equals the one before it would lose what was known when an older as_of
   arrives late.)

   Columns are compared one by one, nulls being equal; no hash stands for them. #}
{% macro versions_of(dataset, rows) %}
{%- set wanted = contract_columns(dataset) -%}
{%- set key = ['county_id'] + wanted['key'] -%}
with

ordered as (
    select
        rows_in.*,
        lag(known_at) over in_order as previous_known_at,
        {%- for column in wanted['columns'] %}
        lag({{ column }}) over in_order as previous_{{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ rows }} as rows_in
    window in_order as (partition by {{ key | join(', ') }} order by as_of, known_at, number, file, row)
)

select
    county_id,
    {{ (wanted['key'] + wanted['columns']) | join(',\n    ') }},
    submitter,
    attempt_id,
    number,
    night,
    file,
    row,
    as_of,
    known_at
from ordered
where
    previous_known_at is null
    or previous_known_at > known_at
    {%- for column in wanted['columns'] %}
    or previous_{{ column }} is distinct from {{ column }}
    {%- endfor %}
{% endmacro %}

{# The rows in force at each cut (state_on, known_by): the last in order among those visible; a close ends a key. #}
{% macro in_force_at_cuts(dataset, rows, cuts, keep_closed=false) %}
{%- set wanted = contract_columns(dataset) -%}
{%- set key = ['county_id'] + wanted['key'] -%}
with

visible as (
    select
        cuts.cut_id,
        rows_in.*,
        row_number() over (
            partition by cuts.cut_id, {% for column in key %}rows_in.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
            order by
                rows_in.as_of desc,
                rows_in.known_at desc,
                rows_in.number desc,
                rows_in.file desc,
                rows_in.row desc
        ) as recency
    from {{ rows }} as rows_in
    inner join {{ cuts }} as cuts
        on rows_in.as_of <= cuts.state_on and rows_in.known_at <= cuts.known_by
)

select
    cut_id,
    county_id,
    {{ (wanted['key'] + wanted['columns']) | join(',\n    ') }},
    submitter,
    attempt_id,
    night,
    as_of,
    known_at
from visible
where recency = 1{% if not keep_closed %} and operation <> 'close'{% endif %}
{% endmacro %}

{# The rows of a dataset in force on the night: of each key the last version, so that as_of, known_at and attempt are
   those that first brought what is shown, however often it was sent again. #}
{% macro in_force_tonight(dataset) %}
{%- set wanted = contract_columns(dataset) -%}
{%- set key = ['county_id'] + wanted['key'] -%}
with

versions as (
    {{ versions_of(dataset, ref('stg_accepted__' ~ dataset)) | indent(4) }}
),

ordered as (
    select
        versions.*,
        row_number() over (
            partition by {{ key | join(', ') }}
            order by as_of desc, known_at desc, number desc, file desc, row desc
        ) as recency
    from versions
)

select
    county_id,
    {{ (wanted['key'] + wanted['columns']) | join(',\n    ') }},
    submitter,
    attempt_id,
    night,
    as_of,
    known_at
from ordered
where recency = 1 and operation <> 'close'
{% endmacro %}
