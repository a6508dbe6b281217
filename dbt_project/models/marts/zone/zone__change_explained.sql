-- Grain: area, month, vintage, what the figure is compared with (as_cut, month_before), figure, weight, kind of change.
-- Steps: why a figure of poverty_monthly differs from the same month as it was cut, or from the month before, split
-- along one way (Datt and Ravallion 1992, Shorrocks 2013; docs/monthly-figures.md): 1. what of the earlier day was told
-- late or corrected since its cut; 2. the rule, on the households as they were; 3. what the month brought; 4. less what
-- came after this month's cut, which does not know it. The kinds of one figure add up to the difference exactly; a kind
-- that explains nothing has no row.
select
    changes.area_kind,
    changes.area_code,
    cuts.month,
    cuts.vintage,
    changes.compared_with,
    changes.figure,
    changes.weight,
    changes.kind,
    changes.came,
    changes.went,
    changes.came - changes.went as change
from {{ ref('int_area_changes') }} as changes
inner join {{ ref('int_cuts') }} as cuts
    on changes.cut_id = cuts.cut_id
