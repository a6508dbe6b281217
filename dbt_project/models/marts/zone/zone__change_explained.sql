-- Grain: area, month, vintage, what the figure is compared with (as_cut, month_before), figure, weight and kind of change.
-- Steps: why a figure of poverty_monthly differs from the same month as it was cut, or from the month before, split by a
-- sequence: first the rule, on the households as they were, then what happened to them, was told late or was corrected.
-- The kinds of one figure add up to the difference exactly; a kind that explains nothing has no row.
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
