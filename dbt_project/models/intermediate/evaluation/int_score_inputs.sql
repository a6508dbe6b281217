-- Grain: cut, measured quantity, level and place with evidence.
-- Steps: 1. the evidence under the place added up; 2. the interval where it is a sample.
with

sums as (
    select
        evidence.cut_id,
        evidence.measured,
        levels.level,
        substr(evidence.place_code, 1, levels.digits) as place_code,
        cast(sum(evidence.numerator) as decimal(28, 4)) as numerator,
        cast(sum(evidence.denominator) as decimal(28, 4)) as denominator,
        cast(count(*) as bigint) as evidence_rows,
        cast(count(evidence.missing) as bigint) as rows_missing_evidence
    from {{ ref('int_score_evidence') }} as evidence
    cross join {{ evaluated_levels() }} as levels
    where length(evidence.place_code) >= levels.digits
    group by evidence.cut_id, evidence.measured, levels.level, substr(evidence.place_code, 1, levels.digits)
)

select
    sums.*,
    {{ share('sums.numerator', 'sums.denominator') }} as value,
    {{ rounded('intervals.rate_low') }} as value_low,
    {{ rounded('intervals.rate_high') }} as value_high
from sums
left join {{ ref('int_sample_intervals') }} as intervals
    on
        sums.cut_id = intervals.cut_id
        and sums.measured = intervals.measured
        and sums.level = intervals.level
        and sums.place_code = intervals.place_code
