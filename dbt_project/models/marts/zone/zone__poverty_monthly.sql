-- Grain: area, month, vintage, line, income and weight. A registry is not a population: these are shares of the
-- registered.
-- Steps: 1. headcount, gap, severity and Watts index of the cut, rounded here; 2. the Gini of incomes; 3. the
-- multidimensional measures, the same for each line and income. The running month is as the night knows it; a month
-- is cut on the fifth day after, kept, and restated beside the cut.
select
    measures.area_kind,
    measures.area_code,
    cuts.month,
    cuts.vintage,
    measures.line,
    measures.income,
    measures.weight,
    cuts.state_on,
    cuts.known_by,
    measures.registered,
    measures.counted_elsewhere,
    measures.known_income,
    measures.unknown_income,
    measures.below_line,
    {{ rounded('measures.headcount') }} as share_of_registered_below_line,
    {{ rounded('measures.gap') }} as poverty_gap,
    {{ rounded('measures.severity') }} as poverty_severity,
    {{ rounded('measures.watts') }} as watts_index,
    measures.bottom_coded,
    gini.gini as gini_among_registered,
    deprivations.known as multidimensional_known,
    deprivations.unknown as multidimensional_unknown,
    {{ rounded('deprivations.headcount') }} as multidimensional_headcount,
    {{ rounded('deprivations.intensity') }} as multidimensional_intensity,
    {{ rounded('deprivations.adjusted_headcount') }} as multidimensional_adjusted_headcount
from {{ ref('int_poverty_measures') }} as measures
inner join {{ ref('int_cuts') }} as cuts
    on measures.cut_id = cuts.cut_id
left join {{ ref('int_income_gini') }} as gini
    on
        measures.cut_id = gini.cut_id
        and measures.area_kind = gini.area_kind
        and measures.area_code = gini.area_code
        and measures.income = gini.income
        and measures.weight = gini.weight
left join {{ ref('int_deprivation_measures') }} as deprivations
    on
        measures.cut_id = deprivations.cut_id
        and measures.area_kind = deprivations.area_kind
        and measures.area_code = deprivations.area_code
        and measures.weight = deprivations.weight
        and deprivations.dimension = 'all'
