-- Grain: county and rate (wrong_exit, omission, inclusion_error, exclusion_error, satisfaction).
-- Steps: the rates of the verified samples, rounded here. No interval is given: the samples are clustered, and
-- Wilson's holds for a simple random sample only.
select
    county_code,
    rate,
    denominator,
    sampled_households,
    sampled_villages,
    hits,
    {{ rounded('weighted_rate') }} as weighted_rate
from {{ ref('int_verified_rates') }}
