-- quality.restatements tells of the same areas as zone.change_explained: at every level as many areas differ from the
-- month as it was cut as have changes that do not cancel out, and as many of them by each reason; the national
-- difference is the same; and no area differs for no reason.
with

changes as (
    select
        month,
        area_kind,
        area_code,
        figure,
        weight,
        sum(change) as change,
        count(*) filter (where kind = 'late') as late,
        count(*) filter (where kind = 'corrected') as corrected,
        count(*) filter (where kind = 'rule_changed') as rule_changed
    from {{ ref('zone__change_explained') }}
    where
        compared_with = 'as_cut'
        and area_kind in ('nation', 'province', 'prefecture', 'county', 'township')
    group by month, area_kind, area_code, figure, weight
),

by_level as (
    select
        month,
        area_kind,
        figure,
        weight,
        count(*) as areas,
        sum(late) as areas_late,
        sum(corrected) as areas_corrected,
        sum(rule_changed) as areas_rule_changed
    from changes
    where change <> 0
    group by month, area_kind, figure, weight
),

told as (
    select *
    from {{ ref('quality__restatements') }}
    where mart = 'zone.poverty_monthly'
)

select
    coalesce(told.month, by_level.month) as month,
    coalesce(told.area_kind, by_level.area_kind) as area_kind,
    coalesce(told.figure, by_level.figure) as figure,
    coalesce(told.weight, by_level.weight) as weight,
    told.areas_restated,
    by_level.areas,
    told.national_change,
    nation.change
from told
full outer join by_level
    on
        told.month = by_level.month
        and told.area_kind = by_level.area_kind
        and told.figure = by_level.figure
        and told.weight = by_level.weight
left join changes as nation
    on
        nation.area_kind = 'nation'
        and told.month = nation.month
        and told.figure = nation.figure
        and told.weight = nation.weight
where
    told.areas_restated is distinct from by_level.areas
    or told.areas_late is distinct from by_level.areas_late
    or told.areas_corrected is distinct from by_level.areas_corrected
    or told.areas_rule_changed is distinct from by_level.areas_rule_changed
    or told.areas_restated > told.areas_late + told.areas_corrected + told.areas_rule_changed
    or told.areas_restated > told.areas
    or (told.area_kind = 'nation' and told.largest_change is distinct from told.national_change)
    or abs(told.national_change - coalesce(nation.change, 0)) > (
        select max(standards.value) / 2
        from {{ ref('int_standards_in_force') }} as standards
        where standards.subject = 'suppression_min_cell' and standards.jurisdiction = 'CN'
    )
