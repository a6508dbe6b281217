-- Grain: area, month, vintage, weight and dimension.
-- Steps: per dimension the share deprived, the share poor and deprived, and its part in the adjusted headcount.
select
    measures.area_kind,
    measures.area_code,
    cuts.month,
    cuts.vintage,
    measures.weight,
    measures.dimension,
    measures.known,
    measures.deprived_share,
    measures.censored_headcount,
    measures.contribution
from {{ ref('int_deprivation_measures') }} as measures
inner join {{ ref('int_cuts') }} as cuts
    on measures.cut_id = cuts.cut_id
where measures.dimension <> 'all'
