{# What two sides report of a promise, side by side: one row per promise. `promise` are its columns, `ended` says when
   its time is over. What holds is the smaller delivery, and the larger promise. #}
{% macro both_sides(rows, promise, ended) -%}
select
    {{ promise | join(',\n    ') }},
    max(promised) as promised,
    max(coalesce(delivered, 0)) filter (where reporting_side = 'helper') as delivered_by_helper,
    max(coalesce(delivered, 0)) filter (where reporting_side = 'helped') as delivered_by_helped,
    min(coalesce(delivered, 0)) as delivered,
    {{ ended }} as ended
from {{ rows }}
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
