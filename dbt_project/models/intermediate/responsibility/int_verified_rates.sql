-- Grain: county and rate (wrong_exit, omission, inclusion_error, exclusion_error, satisfaction).
-- Steps: 1. verified samples with the registry's own word beside them, each rate among its own denominator; whose exit
-- is judged is the assessor's word alone, so that a flag changed later takes no household out, and who was omitted is
-- what the scores say (int_sample_evidence); 2. design-weighted shares of persons (households for satisfaction); 3. the
-- sample behind each: rows and village clusters, and the interval that its design allows (macros/intervals.sql). Not
-- rounded: the mart rounds.
with

cases as (
    select
        county_code,
        village_code as cluster_code,
        'wrong_exit' as rate,
        design_weight * persons as weight,
        not verified_exit_correct as hit
    from {{ ref('int_verified_households') }}
    where verified_exit_correct is not null
    union all
    select
        households.county_code,
        households.village_code as cluster_code,
        'omission' as rate,
        households.design_weight * households.persons as weight,
        evidence.hit
    from {{ ref('int_verified_households') }} as households
    inner join {{ ref('int_sample_evidence') }} as evidence
        on
            households.sample_key = evidence.evidence_key
            and evidence.cut_id = 'night'
            and evidence.measured = 'omission'
    union all
    select
        county_code,
        village_code as cluster_code,
        'inclusion_error' as rate,
        design_weight * persons as weight,
        not verified_poor as hit
    from {{ ref('int_verified_households') }}
    where on_register
    union all
    select
        county_code,
        village_code as cluster_code,
        'exclusion_error' as rate,
        design_weight * persons as weight,
        not on_register as hit
    from {{ ref('int_verified_households') }}
    where verified_poor
    union all
    select
        county_code,
        village_code as cluster_code,
        'satisfaction' as rate,
        design_weight as weight,
        satisfied as hit
    from {{ ref('int_verified_households') }}
    where satisfied is not null
),

rates as (
    {{ sample_rates('cases', ['county_code', 'rate']) | indent(4) }}
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
    sampled as sampled_households,
    clusters as sampled_villages,
    hits,
    rate_value as weighted_rate,
    design_effect,
    effective_size,
    rate_low,
    rate_high
from rates
