-- Grain: measure, outcome, stratum, side and village.
-- Steps: exact sums of the change, the baseline, the change before the measure and their products. All else is
-- arithmetic on them.
with

changes as (
    select
        units.*,
        outcome_after - outcome_before as y,
        outcome_before as x,
        outcome_before - outcome_earlier as e
    from {{ ref('int_practice_units') }} as units
)

select
    measure_code,
    outcome,
    zone_id,
    cause,
    size_band,
    other_measures,
    baseline_band,
    treated,
    village_code,
    count(*) as n,
    sum(y) as y,
    sum(x) as x,
    sum(e) as e,
    sum(y * y) as yy,
    sum(x * x) as xx,
    sum(e * e) as ee,
    sum(x * y) as xy,
    sum(x * e) as xe,
    sum(cost) as cost,
    count(cost) as costed
from changes
group by all
