-- Grain: cut, indicator set and place.
-- Steps: the sums of the scorecards with their clocks.
select
    cuts.vintage,
    cuts.month,
    cuts.cut_id,
    cuts.state_on,
    cuts.known_by,
    scores.indicator_set,
    scores.level,
    scores.place_code,
    scores.points,
    scores.points_possible,
    scores.points_of_the_set,
    scores.indicators_without_evidence,
    scores.vetoed_by,
    scores.veto_open,
    scores.score
from {{ ref('int_set_scores') }} as scores
inner join {{ ref('int_cuts') }} as cuts
    on scores.cut_id = cuts.cut_id
