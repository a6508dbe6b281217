{# Whether a row of a pairing is told by the province of the side it speaks for; true while nobody knows the places. #}
{% macro told_by_its_side(rows, places) -%}
coalesce(
    substr({{ rows }}.submitter, 1, 2) = substr(
        case {{ rows }}.reporting_side
            when 'helper' then {{ places }}.helper_place_code
            else {{ places }}.helped_place_code
        end, 1, 2
    ),
    true
)
{%- endmacro %}

{# Of the rows of a promise that one office told for a side the newest, under whatever number: a correction may come under
   a new one. `promise` are the columns that tell one promise from another. #}
{% macro newest_told(rows, promise) -%}
select *
from (
    select
        told.*,
        row_number() over (
            partition by {{ promise | join(', ') }}, reporting_side, county_id
            order by as_of desc, known_at desc, delivery_id desc
        ) as recency
    from {{ rows }} as told
) as ordered
where recency = 1
{%- endmacro %}

{# What two sides report of a promise, side by side: one row per promise. `ended` says when its time is over. What holds
   is the smaller delivery, and the larger promise. #}
{% macro both_sides(rows, promise, ended) -%}
select
    {{ promise | join(',\n    ') }},
    max(promised) as promised,
    min(coalesce(delivered, 0)) filter (where reporting_side = 'helper') as delivered_by_helper,
    min(coalesce(delivered, 0)) filter (where reporting_side = 'helped') as delivered_by_helped,
    min(coalesce(delivered, 0)) as delivered,
    max(attempt_id) as attempt_id,
    {{ ended }} as ended
from (
    {{ newest_told(rows, promise) | indent(4) }}
) as newest
group by {{ promise | join(', ') }}
{%- endmacro %}

{# Was the promise kept, and do the sides agree? Both are asked when its time is over. #}
{% macro kept_and_agreed(sides, ended) -%}
{{ sides }}.promised,
{{ sides }}.delivered_by_helper,
{{ sides }}.delivered_by_helped,
cast({{ sides }}.delivered_by_helper - {{ sides }}.delivered_by_helped as decimal(18, 2)) as difference,
cast({{ sides }}.delivered as decimal(18, 2)) as delivered,
cast(greatest({{ sides }}.promised - {{ sides }}.delivered, 0) as decimal(18, 2)) as short_by,
{{ sides }}.ended as {{ ended }},
case
    when not {{ sides }}.ended then 'running'
    when {{ sides }}.delivered < {{ sides }}.promised then 'short'
    else 'kept'
end as state,
case
    when not {{ sides }}.ended then 'running'
    when {{ sides }}.delivered_by_helper is null or {{ sides }}.delivered_by_helped is null then 'one_side_alone'
    when {{ sides }}.delivered_by_helper <> {{ sides }}.delivered_by_helped then 'differ'
    else 'agree'
end as sides
{%- endmacro %}
