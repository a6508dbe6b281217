-- Grain: area, month, vintage, weight and dimension.
-- Steps: per dimension the share deprived, the share poor and deprived, and its part in the adjusted headcount, rounded
-- here.
select
    measures.area_kind,
    measures.area_code,
    cuts.month,
    cuts.vintage,
    measures.weight,
    measures.dimension,
    measures.known,
    {{ rounded('measures.deprived_share') }} as deprived_share,
    {{ rounded('measures.censored_headcount') }} as censored_headcount,
    {{ rounded('measures.contribution') }} as contribution
from {{ ref('int_deprivation_measures') }} as measures
inner join {{ ref('int_cuts') }} as cuts
    on measures.cut_id = cuts.cut_id
where measures.dimension <> 'all'
