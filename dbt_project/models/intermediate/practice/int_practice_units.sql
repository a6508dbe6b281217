-- Grain: measure, outcome and household that had the measure in the practice year, or at no time.
-- Steps: 1. treated: had it in the practice year and at no other time; 2. compared: never had it, in the strata of
-- the treated; 3. one row per outcome, complete ones; 4. the band of the baseline, cut at the quantiles of the
-- treated; the lowest value is a band of its own, and nobody beyond the range of the treated is compared.
with

treated as (
    select
        deliveries.measure_code,
        households.*,
        least(households.measures_in_year - 1, 2) as other_measures,
        deliveries.cost
    from {{ ref('int_practice_households') }} as households
    inner join {{ ref('int_practice_deliveries') }} as deliveries
        on households.household_key = deliveries.household_key
    where deliveries.in_year and not deliveries.at_another_time
),

strata as (
    select distinct
        measure_code,
        zone_id,
        cause,
        size_band,
        other_measures
    from treated
),

compared as (
    select
        strata.measure_code,
        households.*,
        strata.other_measures,
        cast(null as decimal(18, 2)) as cost
    from {{ ref('int_practice_households') }} as households
    inner join strata
        on
            households.zone_id = strata.zone_id
            and households.cause = strata.cause
            and households.size_band = strata.size_band
            and least(households.measures_in_year, 2) = strata.other_measures
    left join {{ ref('int_practice_deliveries') }} as deliveries
        on
            households.household_key = deliveries.household_key
            and strata.measure_code = deliveries.measure_code
    where deliveries.household_key is null
),

together as (
    select
        treated.*,
        1 as treated
    from treated
    union all
    select
        compared.*,
        0 as treated
    from compared
),

by_outcome as (
    {% for outcome, stem in [('income_per_head', 'income'), ('deprivations', 'deprivations')] %}
    select
        measure_code,
        '{{ outcome }}' as outcome,
        household_key,
        treated,
        zone_id,
        cause,
        size_band,
        other_measures,
        village_code,
        cost,
        {{ stem }}_after as outcome_after,
        {{ stem }}_before as outcome_before,
        {{ stem }}_earlier as outcome_earlier
    from together
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

complete as (
    select *
    from by_outcome
    where outcome_after is not null and outcome_before is not null and outcome_earlier is not null
),

ends as (
    select
        measure_code,
        outcome,
        min(outcome_before) as low,
        max(outcome_before) as high,
        count(*) as units
    from complete
    where treated = 1
    group by measure_code, outcome
),

lows as (
    select
        complete.measure_code,
        complete.outcome,
        count(*) as units_at_low
    from complete
    inner join ends
        on
            complete.measure_code = ends.measure_code
            and complete.outcome = ends.outcome
            and complete.outcome_before = ends.low
    where complete.treated = 1
    group by complete.measure_code, complete.outcome
),

ordered as (
    select
        complete.measure_code,
        complete.outcome,
        complete.outcome_before,
        row_number() over (
            partition by complete.measure_code, complete.outcome order by complete.outcome_before
        ) as position,
        count(*) over (partition by complete.measure_code, complete.outcome) as units,
        {{ national_standard('effect_baseline_bands') }} as bands
    from complete
    inner join ends
        on complete.measure_code = ends.measure_code and complete.outcome = ends.outcome
    inner join lows
        on complete.measure_code = lows.measure_code and complete.outcome = lows.outcome
    where
        complete.treated = 1
        and (
            complete.outcome_before > ends.low
            or lows.units_at_low * {{ national_standard('effect_baseline_bands') }} < ends.units
        )
),

upper_ends as (
    select
        measure_code,
        outcome,
        low as band_end
    from ends
    union
    select
        measure_code,
        outcome,
        high as band_end
    from ends
    union
    select
        measure_code,
        outcome,
        outcome_before as band_end
    from ordered
    where floor(position * bands / units) > floor((position - 1) * bands / units)
),

bands as (
    select
        measure_code,
        outcome,
        band_end,
        lag(band_end) over (partition by measure_code, outcome order by band_end) as band_start
    from upper_ends
)

select
    complete.*,
    bands.band_end as baseline_band
from complete
inner join ends
    on complete.measure_code = ends.measure_code and complete.outcome = ends.outcome
inner join bands
    on
        complete.measure_code = bands.measure_code
        and complete.outcome = bands.outcome
        and complete.outcome_before <= bands.band_end
        and (complete.outcome_before > bands.band_start or bands.band_start is null)
where complete.outcome_before >= ends.low
