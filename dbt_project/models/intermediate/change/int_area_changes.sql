-- Grain: cut, what it is compared with, area, figure, weight (households, persons) and kind of change.
-- Steps: 1. the areas of a place at the end of a step; a place that nobody lives in then keeps those of the beginning,
-- and a village is an area too; 2. the households of a place that a zone took in or gave up between two months, as they
-- were before it: a change of rule; 3. each household once in each area, over all steps of the way; 4. what came into
-- the figure and what left it; 5. of a way between settled cuts (int_open_cuts) what the carried night told.
{% set figures = explained_figures() %}
with

places as (
    select distinct
        step_id,
        place_code
    from {{ ref('int_household_changes') }}
),

in_use as (
    select
        cut_id,
        place_code
    from {{ ref('int_place_areas') }}
    where area_kind = 'nation'
),

place_ends as (
    select
        places.step_id,
        places.place_code,
        case when in_use.place_code is null then steps.before_cut_id else steps.after_cut_id end as cut_id
    from places
    inner join {{ ref('int_change_steps') }} as steps
        on places.step_id = steps.step_id
    left join in_use
        on steps.after_cut_id = in_use.cut_id and places.place_code = in_use.place_code
),

step_areas as (
    select
        place_ends.step_id,
        place_ends.place_code,
        areas.area_kind,
        areas.area_code
    from place_ends
    inner join {{ ref('int_place_areas') }} as areas
        on place_ends.cut_id = areas.cut_id and place_ends.place_code = areas.place_code
    union all
    select
        step_id,
        place_code,
        'village' as area_kind,
        place_code as area_code
    from place_ends
    where length(place_code) = 12
),

{% for side in ['before', 'after'] %}
zones_{{ side }} as (
    select
        steps.step_id,
        steps.before_cut_id,
        areas.place_code,
        areas.area_code
    from {{ ref('int_change_steps') }} as steps
    inner join {{ ref('int_place_areas') }} as areas
        on steps.{{ side }}_cut_id = areas.cut_id and areas.area_kind = 'zone'
    inner join in_use
        on steps.after_cut_id = in_use.cut_id and areas.place_code = in_use.place_code
    where steps.step = 'month'
),

{% endfor %}
borders as (
    select
        coalesce(zones_after.step_id, zones_before.step_id) as step_id,
        coalesce(zones_after.before_cut_id, zones_before.before_cut_id) as before_cut_id,
        coalesce(zones_after.place_code, zones_before.place_code) as place_code,
        coalesce(zones_after.area_code, zones_before.area_code) as area_code,
        case when zones_before.step_id is null then 1 else -1 end as direction
    from zones_before
    full outer join zones_after
        on
            zones_before.step_id = zones_after.step_id
            and zones_before.place_code = zones_after.place_code
            and zones_before.area_code = zones_after.area_code
    where zones_before.step_id is null or zones_after.step_id is null
),

contributions as (
    select
        changes.step_id,
        changes.household_key,
        changes.kind,
        changes.figure,
        step_areas.area_kind,
        step_areas.area_code,
        changes.households,
        changes.persons
    from {{ ref('int_household_changes') }} as changes
    inner join step_areas
        on changes.step_id = step_areas.step_id and changes.place_code = step_areas.place_code
    {% for figure in figures %}
    union all
    select
        borders.step_id,
        figures.household_key,
        'rule_changed' as kind,
        '{{ figure }}' as figure,
        'zone' as area_kind,
        borders.area_code,
        borders.direction as households,
        borders.direction * figures.members as persons
    from borders
    inner join {{ ref('int_household_figures') }} as figures
        on borders.before_cut_id = figures.cut_id and borders.place_code = figures.place_code
    where figures.{{ figure }} = 1
    {% endfor %}
),

due as (
    select cut_id
    from {{ ref('int_open_cuts') }}
    where not settled
),

due_paths as (
    {{ due_paths('due') | indent(4) }}
),

netted as (
    select
        paths.cut_id,
        paths.compared_with,
        contributions.area_kind,
        contributions.area_code,
        contributions.household_key,
        contributions.kind,
        contributions.figure,
        sum(paths.sign * contributions.households) as households,
        sum(paths.sign * contributions.persons) as persons
    from contributions
    inner join {{ ref('int_change_paths') }} as paths
        on contributions.step_id = paths.step_id
    inner join due_paths
        on paths.cut_id = due_paths.cut_id and paths.compared_with = due_paths.compared_with
    group by
        paths.cut_id,
        paths.compared_with,
        contributions.area_kind,
        contributions.area_code,
        contributions.household_key,
        contributions.kind,
        contributions.figure
)

{% for weight in ['households', 'persons'] %}
select
    cut_id,
    compared_with,
    area_kind,
    area_code,
    figure,
    '{{ weight }}' as weight,
    kind,
    cast(sum(greatest({{ weight }}, 0)) as bigint) as came,
    cast(sum(greatest(-{{ weight }}, 0)) as bigint) as went
from netted
group by cut_id, compared_with, area_kind, area_code, figure, kind
having sum(abs({{ weight }})) > 0
{% if not loop.last %}union all{% endif %}
{% endfor %}
{%- if carried_night() %}
union all
select
    carried.cut_id,
    carried.compared_with,
    carried.area_kind,
    carried.area_code,
    carried.figure,
    carried.weight,
    carried.kind,
    carried.came,
    carried.went
from {{ carried_table() }} as carried
left join due_paths
    on carried.cut_id = due_paths.cut_id and carried.compared_with = due_paths.compared_with
where due_paths.cut_id is null
{%- endif %}
