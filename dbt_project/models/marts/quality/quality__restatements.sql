-- Grain: month, level of area, figure and weight of which a restated value differs from the value as it was cut.
-- Steps: 1. each area's figures of a month as cut and as known tonight, and the difference of the two; 2. why, by
-- area: what zone.change_explained tells of the same difference; 3. by level, how many areas differ and by which
-- reason; 4. the largest and the national difference, to the nearest multiple of the smallest cell that may be told.
{% set flows = [
    'opening', 'first_reported', 'entered', 'returned', 'exited', 'closed', 'moved_in', 'moved_out', 'split_in',
    'split_out', 'merged_in', 'merged_out', 'closing',
] %}
with

restated as (
    select
        restated_cuts.month,
        restated_cuts.cut_id as restated_cut_id,
        kept_cuts.cut_id as kept_cut_id
    from {{ ref('int_cuts') }} as restated_cuts
    inner join {{ ref('int_cuts') }} as kept_cuts
        on restated_cuts.month = kept_cuts.month and kept_cuts.vintage = 'cut'
    where restated_cuts.vintage = 'restated'
),

sides as (
    select
        month,
        restated_cut_id as cut_id,
        1 as sign
    from restated
    union all
    select
        month,
        kept_cut_id as cut_id,
        -1 as sign
    from restated
),

totals as (
    {{ area_totals() | indent(4) }}
),

figures as (
    select
        cut_id,
        area_kind,
        area_code,
        'zone.poverty_monthly' as mart,
        figure,
        weight,
        total
    from totals
    {% for flow in flows %}
    union all
    select
        cut_id,
        area_kind,
        area_code,
        'zone.movements_monthly' as mart,
        '{{ flow }}' as figure,
        'households' as weight,
        {{ flow }} as total
    from {{ ref('int_movements') }}
    {% endfor %}
),

differences as (
    select
        sides.month,
        figures.area_kind,
        figures.area_code,
        figures.mart,
        figures.figure,
        figures.weight,
        sum(sides.sign * figures.total) as change
    from sides
    inner join figures
        on sides.cut_id = figures.cut_id
    where figures.area_kind in ('nation', 'province', 'prefecture', 'county', 'township')
    group by
        sides.month,
        figures.area_kind,
        figures.area_code,
        figures.mart,
        figures.figure,
        figures.weight
),

reasons as (
    select
        restated.month,
        changes.area_kind,
        changes.area_code,
        changes.figure,
        changes.weight,
        bool_or(changes.kind = 'late') as late,
        bool_or(changes.kind = 'corrected') as corrected,
        bool_or(changes.kind = 'rule_changed') as rule_changed
    from {{ ref('int_area_changes') }} as changes
    inner join restated
        on changes.cut_id = restated.restated_cut_id
    where changes.compared_with = 'as_cut'
    group by restated.month, changes.area_kind, changes.area_code, changes.figure, changes.weight
),

explained as (
    select
        differences.*,
        differences.mart = 'zone.poverty_monthly' as is_explained,
        coalesce(reasons.late, false) as late,
        coalesce(reasons.corrected, false) as corrected,
        coalesce(reasons.rule_changed, false) as rule_changed
    from differences
    left join reasons
        on
            differences.mart = 'zone.poverty_monthly'
            and differences.month = reasons.month
            and differences.area_kind = reasons.area_kind
            and differences.area_code = reasons.area_code
            and differences.figure = reasons.figure
            and differences.weight = reasons.weight
),

levels as (
    select
        month,
        area_kind,
        mart,
        figure,
        weight,
        is_explained,
        count(*) as areas,
        count(*) filter (where change <> 0) as areas_restated,
        {% for kind in ['late', 'corrected', 'rule_changed'] %}
        count(*) filter (where change <> 0 and {{ kind }}) as areas_{{ kind }},
        {% endfor %}
        max_by(change, (abs(change), change)) as largest_change
    from explained
    group by month, area_kind, mart, figure, weight, is_explained
),

smallest_cell as (
    select value as households_or_persons
    from {{ ref('int_standards_in_force') }}
    where subject = 'suppression_min_cell' and jurisdiction = 'CN'
)

select
    levels.month,
    levels.area_kind,
    levels.mart,
    levels.figure,
    levels.weight,
    levels.areas,
    levels.areas_restated,
    {% for kind in ['late', 'corrected', 'rule_changed'] %}
    case when levels.is_explained then levels.areas_{{ kind }} end as areas_{{ kind }},
    {% endfor %}
    {{ stepped('levels.largest_change', '(select households_or_persons from smallest_cell)') }} as largest_change,
    {{ stepped('nation.change', '(select households_or_persons from smallest_cell)') }} as national_change,
    {{ night() }} as night
from levels
inner join differences as nation
    on
        nation.area_kind = 'nation'
        and levels.month = nation.month
        and levels.mart = nation.mart
        and levels.figure = nation.figure
        and levels.weight = nation.weight
where levels.areas_restated > 0
