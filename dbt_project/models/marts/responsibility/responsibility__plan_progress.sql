-- Grain: one promise of an issuer beside what was delivered: place, indicator, year.
-- Steps: 1. plans in force on the night; 2. what the year's rows under the place prove: households whose house or water
-- was made safe in the year, each once, jobs, each delivery one, and money paid of the year's allocations; households
-- that left since count too; 3. persons exiting are not counted: the count pays for exits on paper.
{% set proven = "case when plans.indicator <> 'persons_exiting' then coalesce(delivered.delivered, 0) end" %}
with

proofs as (
    select
        place_code,
        case measure_code when 'M-HOUSE' then 'houses_made_safe' else 'households_with_safe_water' end as indicator,
        year(delivered_on) as period,
        count(distinct household_key) as delivered
    from {{ ref('int_delivered_measures') }}
    where measure_code in ('M-HOUSE', 'M-WATER')
    group by place_code, measure_code, year(delivered_on)
    union all
    select
        place_code,
        'jobs' as indicator,
        year(delivered_on) as period,
        count(*) as delivered
    from {{ ref('int_delivered_measures') }}
    where measure_code in ('M-JOB', 'M-JOB-AWAY', 'M-POST', 'M-RANGER')
    group by place_code, year(delivered_on)
    union all
    select
        place_code,
        'money' as indicator,
        year(allocated_on) as period,
        coalesce(disbursed, 0) as delivered
    from {{ ref('int_funds') }}
),

under_places as (
    {{ under_every_place('proofs', ['indicator', 'period', 'delivered'], 'union all') | indent(4) }}
),

delivered as (
    select
        place_code,
        indicator,
        period,
        sum(delivered) as delivered
    from under_places
    group by place_code, indicator, period
)

select
    plans.county_id || '-' || plans.plan_id as plan_key,
    {{ referred_key('unit_keys', 'unit_key', 'plans', 'issuer_unit_id') }} as issuer_unit_key,
    plans.place_code,
    plans.indicator,
    cast(plans.period as integer) as period,
    plans.target,
    cast({{ proven }} as decimal(18, 2)) as delivered,
    {{ share(proven, 'plans.target') }} as delivered_share,
    plans.period < year({{ night() }}) as year_ended
from {{ ref('int_plans') }} as plans
left join {{ ref('int_unit_keys') }} as unit_keys
    on plans.county_id = unit_keys.county_id and plans.issuer_unit_id = unit_keys.unit_id
left join delivered
    on
        plans.place_code = delivered.place_code
        and plans.indicator = delivered.indicator
        and plans.period = delivered.period
