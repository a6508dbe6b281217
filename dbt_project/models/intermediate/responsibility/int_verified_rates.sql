-- Grain: county and rate (wrong_exit, omission, inclusion_error, exclusion_error, satisfaction).
-- Steps: 1. verified samples with the registry's own word beside them, each rate among its own denominator; 2.
-- design-weighted shares of persons (households for satisfaction); 3. the sample behind each: rows and village
-- clusters. Not rounded: the mart rounds.
with

cases as (
    select
        county_code,
        village_code,
        'wrong_exit' as rate,
        design_weight * persons as weight,
        not verified_exit_correct as hit
    from {{ ref('int_verified_households') }}
    where exited and verified_exit_correct is not null
    union all
    select
        county_code,
        village_code,
        'omission' as rate,
        design_weight * persons as weight,
        verified_poor as hit
    from {{ ref('int_verified_households') }}
    where not registered
    union all
    select
        county_code,
        village_code,
        'inclusion_error' as rate,
        design_weight * persons as weight,
        not verified_poor as hit
    from {{ ref('int_verified_households') }}
    where on_register
    union all
    select
        county_code,
        village_code,
        'exclusion_error' as rate,
        design_weight * persons as weight,
        not on_register as hit
    from {{ ref('int_verified_households') }}
    where verified_poor
    union all
    select
        county_code,
        village_code,
        'satisfaction' as rate,
        design_weight as weight,
        satisfied as hit
    from {{ ref('int_verified_households') }}
    where satisfied is not null
)

select
    county_code,
    rate,
    case rate
        when 'wrong_exit' then 'exited'
        when 'omission' then 'not_registered'
        when 'inclusion_error' then 'on_register'
        when 'exclusion_error' then 'verified_poor'
        else 'asked'
    end as denominator,
    cast(count(*) as bigint) as sampled_households,
    cast(count(distinct village_code) as bigint) as sampled_villages,
    cast(count(*) filter (where hit) as bigint) as hits,
    {{ ratio('coalesce(sum(weight) filter (where hit), 0)', 'sum(weight)') }} as weighted_rate
from cases
group by county_code, rate
