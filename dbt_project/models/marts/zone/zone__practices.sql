-- Grain: measure, outcome, zone or all, and cause or all, of the practice year.
-- Steps: 1. the estimates of every card, and a card of each measure delivered in the practice year, whose households
-- may have no history yet; 2. intervals at 95 per cent by Student's quantile of the villages; 3. each reason to refuse
-- by the dated criteria (standards effect_...); 4. the grade; a refusal tells no effect.
with

criteria as (
    select
        {{ national_standard('effect_units_min') }} as units_min,
        {{ national_standard('effect_clusters_min') }} as clusters_min,
        {{ national_standard('effect_overlap_min') }} as overlap_min,
        {{ national_standard('effect_overlap_strong') }} as overlap_strong,
        {{ national_standard('effect_imbalance_max') }} as imbalance_max,
        {{ national_standard('effect_imbalance_strong') }} as imbalance_strong,
        {{ national_standard('effect_pretrend_strong') }} as pretrend_strong
),

delivered as (
    select
        measure_code,
        max(income_year) as income_year
    from {{ ref('int_practice_deliveries') }}
    where in_year
    group by measure_code
),

outcomes as (
    select 'income_per_head' as outcome
    union all
    select 'deprivations' as outcome
),

cards as (
    select
        delivered.measure_code,
        outcomes.outcome,
        delivered.income_year,
        coalesce(estimates.card_zone, 'all') as zone_id,
        coalesce(estimates.card_cause, 'all') as cause,
        coalesce(estimates.treated, 0) as treated,
        coalesce(estimates.treated_compared, 0) as treated_compared,
        coalesce(estimates.comparison_compared, 0) as comparison_compared,
        coalesce(estimates.villages, 0) as villages,
        coalesce(estimates.overlap, 0) as overlap,
        estimates.x_difference,
        estimates.baseline_deviation,
        estimates.effect,
        estimates.effect_error,
        estimates.pretrend,
        estimates.pretrend_error,
        estimates.cost_per_household
    from delivered
    cross join outcomes
    left join {{ ref('int_practice_estimates') }} as estimates
        on delivered.measure_code = estimates.measure_code and outcomes.outcome = estimates.outcome
),

measured as (
    select
        cards.*,
        -- Null where the treated are all alike and the comparison is not: no number of their deviations says how far.
        case
            when coalesce(cards.x_difference, 0) = 0 then 0
            when cards.baseline_deviation > 0 then abs(cards.x_difference) / cards.baseline_deviation
        end as imbalance,
        {{ student_quantile('quantiles.quantile', 'greatest(cards.villages - 1, 1)') }} as quantile
    from cards
    left join {{ ref('student_t_quantiles') }} as quantiles
        on greatest(cards.villages - 1, 1) = quantiles.degrees_of_freedom
),

refused as (
    select
        measured.*,
        criteria.overlap_strong,
        criteria.imbalance_strong,
        criteria.pretrend_strong,
        concat_ws(
            ', ',
            case when measured.treated_compared < criteria.units_min then 'few-treated' end,
            case when measured.comparison_compared < criteria.units_min then 'few-comparison' end,
            case when measured.villages < criteria.clusters_min then 'few-clusters' end,
            case when measured.overlap < criteria.overlap_min then 'poor-overlap' end,
            case when coalesce(measured.imbalance > criteria.imbalance_max, true) then 'poor-balance' end,
            case
                when
                    measured.pretrend_error > 0
                    and abs(measured.pretrend) > measured.quantile * measured.pretrend_error
                    then 'pre-trend'
                when measured.pretrend_error = 0 and measured.pretrend <> 0 then 'pre-trend'
            end,
            case when measured.treated_compared > 0 and measured.effect_error is null then 'no-interval' end
        ) as reasons
    from measured
    cross join criteria
),

graded as (
    select
        refused.*,
        case
            when reasons <> '' then 'refused'
            when
                overlap >= overlap_strong
                and imbalance <= imbalance_strong
                and (
                    coalesce(baseline_deviation, 0) = 0
                    or abs(pretrend) + quantile * pretrend_error <= pretrend_strong * baseline_deviation
                )
                then 'B'
            else 'C'
        end as grade,
        case when reasons = '' then effect end as effect_told,
        case when reasons = '' then quantile * effect_error end as half_width
    from refused
)

select
    graded.measure_code,
    measures.name_zh as measure_zh,
    measures.name_en as measure_en,
    graded.outcome,
    cast(graded.income_year as integer) as income_year,
    graded.zone_id,
    graded.cause,
    graded.grade,
    case
        when graded.grade = 'refused' then 'refused'
        when graded.effect_told - graded.half_width > 0 then 'raised'
        when graded.effect_told + graded.half_width < 0 then 'lowered'
        else 'none_shown'
    end as finding,
    nullif(graded.reasons, '') as refused_because,
    {{ rounded('graded.effect_told') }} as effect,
    {{ rounded('graded.effect_told - graded.half_width') }} as effect_low,
    {{ rounded('graded.effect_told + graded.half_width') }} as effect_high,
    cast(graded.treated as bigint) as treated,
    cast(graded.treated_compared as bigint) as treated_compared,
    cast(graded.comparison_compared as bigint) as comparison_compared,
    cast(graded.villages as bigint) as villages,
    {{ rounded('graded.overlap') }} as overlap,
    {{ rounded('graded.imbalance') }} as baseline_imbalance,
    {{ rounded('graded.pretrend') }} as pretrend,
    {{ rounded('graded.pretrend - graded.quantile * graded.pretrend_error') }} as pretrend_low,
    {{ rounded('graded.pretrend + graded.quantile * graded.pretrend_error') }} as pretrend_high,
    cast(case when graded.grade <> 'refused' then round(graded.cost_per_household, 2) end as decimal(18, 2))
        as cost_per_household,
    cast(
        case
            when graded.grade <> 'refused' and abs(graded.effect_told) > graded.half_width
                then round(graded.cost_per_household / abs(graded.effect_told), 2)
        end as decimal(18, 2)
    ) as cost_per_unit_of_effect
from graded
left join {{ ref('measures') }} as measures
    on graded.measure_code = measures.measure_code
