{# What an earlier night worked out and this one takes over.

   include/warehouse/carry.py lays the tables of the last night that was built aside as <model>__carried, and names that
   night in TARGETED_CARRIED_NIGHT, when nothing that they were made from has changed since: neither the models and
   seeds nor what the lake holds of the nights up to it. Where it names none, every model is worked out in full, with
   the same content.

   A fresh row is one of a later night. It is on time when it speaks for no day before the last that its county had
   spoken for by the carried night: then it comes after every row of its key in the order of versions. All rows of a key
   with a fresh row that is late are looked at again. #}
{% macro carried_night() %}{{ return(env_var('TARGETED_CARRIED_NIGHT', '') if execute else '') }}{% endmacro %}

{% macro carried_date() %}cast('{{ carried_night() }}' as date){% endmacro %}

{# What was carried over of this model, or of another one. #}
{% macro carried_table(model=none) %}{{ this.database }}.{{ this.schema }}.{{ model or this.identifier }}__carried{% endmacro %}

{% macro same_key(one, other, key) -%}
{% for column in key %}{{ one }}.{{ column }} = {{ other }}.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
{%- endmacro %}

{# CTEs beside `carried`: `late_keys`; `touched_keys`, whose state may differ from the carried one; `considered`, the rows of
   these keys that versions are made from: their last carried row and the fresh ones, or all rows of a late key. A fresh
   row on time that is the only one of its key and equals the last carried row says nothing new. #}
{% macro carried_and_fresh(wanted, rows, columns) %}
{%- set key = ['county_id'] + wanted['key'] -%}
spoken as (
    select
        county_id,
        max(as_of) as as_of
    from {{ ref('stg_ledger__attempts') }}
    where night <= {{ carried_date() }}
    group by county_id
),

fresh as (
    select
        rows_in.*,
        coalesce(rows_in.as_of < spoken.as_of, true) as is_late
    from {{ rows }} as rows_in
    left join spoken
        on rows_in.county_id = spoken.county_id
    where rows_in.night > {{ carried_date() }}
),

late_keys as (
    select distinct {{ key | join(', ') }}
    from fresh
    where is_late
),

repeated_keys as (
    select {{ key | join(', ') }}
    from fresh
    group by {{ key | join(', ') }}
    having count(*) > 1
),

last_carried as (
    select numbered.*
    from (
        select
            carried.*,
            row_number() over (
                partition by {{ key | join(', ') }}
                order by as_of desc, known_at desc, number desc, file desc, row desc
            ) as recency
        from carried
    ) as numbered
    where numbered.recency = 1
),

changed as (
    select fresh.*
    from fresh
    left join last_carried
        on {{ same_key('fresh', 'last_carried', key) }}
    left join repeated_keys
        on {{ same_key('fresh', 'repeated_keys', key) }}
    where
        repeated_keys.county_id is not null
        or last_carried.county_id is null
        {%- for column in wanted['columns'] %}
        or fresh.{{ column }} is distinct from last_carried.{{ column }}
        {%- endfor %}
),

touched_keys as (
    select {{ key | join(', ') }}
    from changed
    union
    select {{ key | join(', ') }}
    from late_keys
),

considered as (
    select {% for column in columns %}last_carried.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
    from last_carried
    inner join touched_keys
        on {{ same_key('last_carried', 'touched_keys', key) }}
    left join late_keys
        on {{ same_key('last_carried', 'late_keys', key) }}
    where late_keys.county_id is null
    union all
    select {% for column in columns %}changed.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
    from changed
    left join late_keys
        on {{ same_key('changed', 'late_keys', key) }}
    where late_keys.county_id is null
    union all
    select {% for column in columns %}rows_in.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ rows }} as rows_in
    inner join late_keys
        on {{ same_key('rows_in', 'late_keys', key) }}
)
{%- endmacro %}
