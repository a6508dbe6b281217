{# Months that were cut are taken over whole from the night that was carried over (macros/carried.sql), as long as nothing
   that they are made from came since: int_open_cuts says of which cuts this holds, and at which households are worked
   out. A model of figures works out those of the cuts that are due, and adds the carried ones of all others. #}

{# Last lines of a model whose rows have a cut_id, all of cuts that are due. The columns need no names: what is carried
   was made by the same text of the same model. #}
{% macro and_settled_cuts() %}
{%- if carried_night() %}
union all
select carried.*
from {{ carried_table() }} as carried
left join {{ ref('int_open_cuts') }} as open_cuts
    on carried.cut_id = open_cuts.cut_id and not open_cuts.settled
where open_cuts.cut_id is null
{%- endif %}
{% endmacro %}

{# The ways of int_change_paths of which a step begins or ends at a cut that is due. `due` has a cut_id. #}
{% macro due_paths(due) -%}
select distinct
    paths.cut_id,
    paths.compared_with
from {{ ref('int_change_paths') }} as paths
inner join {{ ref('int_change_steps') }} as steps
    on paths.step_id = steps.step_id
left join {{ due }} as due_before
    on steps.before_cut_id = due_before.cut_id
left join {{ due }} as due_after
    on steps.after_cut_id = due_after.cut_id
where due_before.cut_id is not null or due_after.cut_id is not null
{%- endmacro %}

{# Rows that one relation has and the other has not. #}
{% macro differing_rows(one, other, columns) -%}
(
    (select {{ columns }} from {{ one }} except select {{ columns }} from {{ other }})
    union all
    (select {{ columns }} from {{ other }} except select {{ columns }} from {{ one }})
)
{%- endmacro %}
