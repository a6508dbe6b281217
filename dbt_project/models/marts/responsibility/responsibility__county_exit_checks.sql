-- Grain: county with a verified sample in the year before the night.
-- Steps: 1. wrong exits and omissions of its sample, with their weighted rates; 2. against the limits in force for a
-- county's exit; a rate that was not sampled is unknown, and so is what hangs on it.
with

limits as (
    select
        {{ national_standard('exit_criterion_county_wrong_exit_rate') }} as wrong_exit_limit,
        {{ national_standard('exit_criterion_county_omission_rate') }} as omission_limit
),

counties as (
    select
        county_code,
        max(hits) filter (where rate = 'wrong_exit') as wrong_exits,
        max(weighted_rate) filter (where rate = 'wrong_exit') as wrong_exit_rate,
        max(hits) filter (where rate = 'omission') as omissions,
        max(weighted_rate) filter (where rate = 'omission') as omission_rate
    from {{ ref('int_verified_rates') }}
    group by county_code
)

select
    counties.county_code,
    counties.wrong_exits,
    {{ rounded('counties.wrong_exit_rate') }} as wrong_exit_rate,
    counties.wrong_exit_rate < limits.wrong_exit_limit as wrong_exit_within_limit,
    counties.omissions,
    {{ rounded('counties.omission_rate') }} as omission_rate,
    counties.omission_rate < limits.omission_limit as omission_within_limit,
    counties.wrong_exits = 0 and counties.omissions = 0 as neither_found
from counties
cross join limits
