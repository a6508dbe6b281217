-- What zone.change_explained tells of a figure adds up to the difference of the two figures, to the household and to
-- the person, in every area. Villages have no row in poverty_monthly: they are counted from the households themselves,
-- where these were worked out tonight.
with

compared as (
    select
        paths.cut_id,
        paths.compared_with,
        paths.compared_cut_id,
        bool_and(open_before.cut_id is not null and open_after.cut_id is not null) as with_villages
    from {{ ref('int_change_paths') }} as paths
    left join {{ ref('int_open_cuts') }} as open_before
        on paths.compared_cut_id = open_before.cut_id
    left join {{ ref('int_open_cuts') }} as open_after
        on paths.cut_id = open_after.cut_id
    group by paths.cut_id, paths.compared_with, paths.compared_cut_id
),

ends as (
    select
        cut_id,
        compared_with,
        cut_id as end_cut_id,
        with_villages,
        1 as sign
    from compared
    union all
    select
        cut_id,
        compared_with,
        compared_cut_id as end_cut_id,
        with_villages,
        -1 as sign
    from compared
),

figures as (
    {{ area_totals() | indent(4) }}
    {% for weight, unit in [('households', '1'), ('persons', 'members')] %}
    union all
    select
        cut_id,
        'village' as area_kind,
        place_code as area_code,
        '{{ weight }}' as weight,
        'below_' || line as figure,
        coalesce(sum({{ unit }}) filter (where income_per_head < line_value), 0) as total
    from {{ ref('int_poverty_inputs') }}
    where income = 'after_assistance' and length(place_code) = 12
    group by cut_id, place_code, line
    {% endfor %}
),

differences as (
    select
        ends.cut_id,
        ends.compared_with,
        figures.area_kind,
        figures.area_code,
        figures.weight,
        figures.figure,
        sum(ends.sign * figures.total) as difference
    from ends
    inner join figures
        on ends.end_cut_id = figures.cut_id
    where ends.with_villages or figures.area_kind <> 'village'
    group by all
),

explained as (
    select
        changes.cut_id,
        changes.compared_with,
        changes.area_kind,
        changes.area_code,
        changes.weight,
        changes.figure,
        sum(changes.came - changes.went) as explained
    from {{ ref('int_area_changes') }} as changes
    inner join compared
        on changes.cut_id = compared.cut_id and changes.compared_with = compared.compared_with
    where changes.area_kind <> 'village' or (compared.with_villages and changes.figure like 'below_%')
    group by all
)

select
    coalesce(differences.cut_id, explained.cut_id) as cut_id,
    coalesce(differences.compared_with, explained.compared_with) as compared_with,
    coalesce(differences.area_kind, explained.area_kind) as area_kind,
    coalesce(differences.area_code, explained.area_code) as area_code,
    coalesce(differences.weight, explained.weight) as weight,
    coalesce(differences.figure, explained.figure) as figure,
    differences.difference,
    explained.explained
from differences
full outer join explained
    on
        differences.cut_id = explained.cut_id
        and differences.compared_with = explained.compared_with
        and differences.area_kind = explained.area_kind
        and differences.area_code = explained.area_code
        and differences.weight = explained.weight
        and differences.figure = explained.figure
where coalesce(differences.difference, 0) <> coalesce(explained.explained, 0)
