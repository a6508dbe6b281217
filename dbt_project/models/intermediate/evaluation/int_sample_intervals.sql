-- Grain: cut, measured quantity, level and place with verified samples.
-- Steps: the interval of each rate, by the design of its sample (macros/intervals.sql says how).
with

cases as (
    select
        evidence.cut_id,
        evidence.measured,
        levels.level,
        substr(evidence.place_code, 1, levels.digits) as place_code,
        evidence.cluster_code,
        evidence.denominator as weight,
        evidence.numerator > 0 as hit
    from {{ ref('int_score_evidence') }} as evidence
    cross join {{ evaluated_levels() }} as levels
    where evidence.dataset = 'samples' and length(evidence.place_code) >= levels.digits
)

select *
from (
    {{ sample_rates('cases', ['cut_id', 'measured', 'level', 'place_code']) | indent(4) }}
) as rates
