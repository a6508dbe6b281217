-- Grain: cut, indicator and place.
-- Steps: the scores of indicators with the day they speak of, the time by which their evidence was known, and the
-- vintage: tonight, a month as it was cut, or that month as known tonight.
select
    cuts.vintage,
    cuts.month,
    cuts.cut_id,
    cuts.state_on,
    cuts.known_by,
    scores.indicator_id,
    scores.indicator_set,
    scores.indicator,
    scores.formula_version,
    scores.level,
    scores.place_code,
    scores.evidence,
    scores.shape,
    scores.weight,
    scores.numerator,
    scores.denominator,
    scores.value,
    scores.value_low,
    scores.value_high,
    scores.evidence_rows,
    scores.rows_missing_evidence,
    scores.state,
    scores.missing,
    scores.points
from {{ ref('int_indicator_scores') }} as scores
inner join {{ ref('int_cuts') }} as cuts
    on scores.cut_id = cuts.cut_id
