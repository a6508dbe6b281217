-- Grain: cut, measured quantity and row of evidence.
-- Steps: the evidence of the night, and of the day that a recomputation asks for; for another day recompute it.
select
    cut_id,
    measured,
    dataset,
    evidence_key,
    place_code,
    cluster_code,
    numerator,
    denominator,
    missing,
    attempt_id
from {{ ref('int_score_evidence') }}
where cut_id in ('night', 'asked')
