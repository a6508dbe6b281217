{# The versions of a dataset's rows on two clocks.

   The rule: order a key's accepted rows by as_of, known_at, number of the attempt, file and row; leave a row out if and only if
   the row just before it in that order has the same business columns and was known no later. Whoever can see the row
   that is left out then also sees its equal before it, and nothing kept lies between the two: so the last row in that
   order among those with as_of <= D and known_at <= K gives the same state from the versions as from all rows, for
   every D and K. (Leaving out every row that equals the one before it would lose what was known when an older as_of
   arrives late.)

   Columns are compared one by one, nulls being equal; no hash stands for them.

   Where an earlier night's versions were carried over (macros/carried.sql), only the keys that tonight's rows change are
   worked out anew. #}
{% macro versions_of(dataset, rows) %}
{%- set wanted = contract_columns(dataset) -%}
{%- set key = ['county_id'] + wanted['key'] -%}
{%- set columns = key + wanted['columns'] + origin_columns() -%}
-- depends_on: {{ ref('stg_ledger__attempts') }}
{% if carried_night() -%}
with

carried as (
    select * from {{ carried_table() }}
),

{{ carried_and_fresh(wanted, rows, columns) }},

versions as (
    {{ changed_versions('considered', key, wanted['columns'], columns) | indent(4) }}
)

select {% for column in columns %}carried.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
from carried
left join late_keys
    on {{ same_key('carried', 'late_keys', key) }}
where late_keys.county_id is null
union all
select {% for column in columns %}versions.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
from versions
left join late_keys
    on {{ same_key('versions', 'late_keys', key) }}
where versions.night > {{ carried_date() }} or late_keys.county_id is not null
{%- else -%}
{{ changed_versions(rows, key, wanted['columns'], columns) }}
{%- endif %}
{% endmacro %}

{# Where a row came from and when it was known; with as_of this is also the order of versions. #}
{% macro origin_columns() %}
{{ return(['submitter', 'attempt_id', 'number', 'night', 'file', 'row', 'as_of', 'known_at']) }}
{% endmacro %}

{# The rows of a relation that are versions. #}
{% macro changed_versions(rows, key, compared, columns) %}
with

ordered as (
    select
        rows_in.*,
        lag(known_at) over in_order as previous_known_at,
        {%- for column in compared %}
        lag({{ column }}) over in_order as previous_{{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ rows }} as rows_in
    window in_order as (partition by {{ key | join(', ') }} order by as_of, known_at, number, file, row)
)

select
    {{ columns | join(',\n    ') }}
from ordered
where
    previous_known_at is null
    or previous_known_at > known_at
    {%- for column in compared %}
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
   those that first brought what is shown, however often it was sent again. `versions` is the model of its versions,
   where there is one. #}
{% macro in_force_tonight(dataset, versions=none) %}
{%- set wanted = contract_columns(dataset) -%}
{%- set key = ['county_id'] + wanted['key'] -%}
{%- set shown = key + wanted['columns'] + ['submitter', 'attempt_id', 'night', 'as_of', 'known_at'] -%}
{%- set columns = key + wanted['columns'] + origin_columns() -%}
{%- set rows = ref('stg_accepted__' ~ dataset) -%}
-- depends_on: {{ ref('stg_ledger__attempts') }}
with

{% if versions is none and carried_night() -%}
-- A row that was carried is older than any fresh one that is on time: of its number, file and row nothing hangs.
carried as (
    select {{ shown | join(', ') }}, 0 as number, '' as file, cast(0 as bigint) as row
    from {{ carried_table() }}
),

{{ carried_and_fresh(wanted, rows, columns) }},

{% endif -%}
versions as (
    {% if versions is not none -%}
    select * from {{ versions }}
    {%- elif carried_night() -%}
    {{ changed_versions('considered', key, wanted['columns'], columns) | indent(4) }}
    {%- else -%}
    {{ changed_versions(rows, key, wanted['columns'], columns) | indent(4) }}
    {%- endif %}
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
    {{ shown | join(',\n    ') }}
from ordered
where recency = 1 and operation <> 'close'
{%- if versions is none and carried_night() %}
union all
select {% for column in shown %}carried.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
from carried
left join touched_keys
    on {{ same_key('carried', 'touched_keys', key) }}
where touched_keys.county_id is null
{%- endif %}
{% endmacro %}
