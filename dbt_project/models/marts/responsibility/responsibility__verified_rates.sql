-- Grain: county and rate (wrong_exit, omission, inclusion_error, exclusion_error, satisfaction).
-- Steps: 1. the rates of the verified samples with their intervals, rounded here; 2. beside them what the county's own
-- acts say.
select
    verified.county_code,
    verified.rate,
    verified.denominator,
    verified.sampled_households,
    verified.sampled_villages,
    verified.hits,
    {{ rounded('verified.weighted_rate') }} as weighted_rate,
    cast(round(verified.design_effect, 4) as decimal(12, 4)) as design_effect,
    cast(round(verified.effective_size, 4) as decimal(18, 4)) as effective_size,
    {{ rounded('verified.rate_low') }} as rate_low,
    {{ rounded('verified.rate_high') }} as rate_high,
    {{ rounded('self_reported.self_reported_rate') }} as self_reported_rate
from {{ ref('int_verified_rates') }} as verified
left join {{ ref('int_self_reported_rates') }} as self_reported
    on verified.county_code = self_reported.county_code and verified.rate = self_reported.rate
