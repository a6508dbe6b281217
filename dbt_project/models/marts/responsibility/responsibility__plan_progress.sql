-- Grain: one promise of an issuer beside what was delivered: place, indicator, year.
-- Steps: 1. plans in force on the night; 2. what the year's rows under the place prove: deliveries of the measures
-- that the indicator speaks of, to households that left since too, and money paid of the year's allocations; 3. persons
-- exiting are not counted: the count pays for exits on paper.
{% set digits = [2, 4, 6, 9, 12] %}
{% set proven = "case when plans.indicator <> 'persons_exiting' then coalesce(delivered.delivered, 0) end" %}
with

proofs as (
    select
        place_code,
        case
            when measure_code = 'M-HOUSE' then 'houses_made_safe'
            when measure_code = 'M-WATER' then 'households_with_safe_water'
            else 'jobs'
        end as indicator,
        year(delivered_on) as period,
        1 as delivered
    from {{ ref('int_delivered_measures') }}
    where measure_code in ('M-HOUSE', 'M-WATER', 'M-JOB', 'M-JOB-AWAY', 'M-POST', 'M-RANGER')
    union all
    select
        place_code,
        'money' as indicator,
        year(allocated_on) as period,
        coalesce(disbursed, 0) as delivered
    from {{ ref('int_funds') }}
),

under_places as (
    {% for length in digits %}
    select
        substr(place_code, 1, {{ length }}) as place_code,
        indicator,
        period,
        delivered
    from proofs
    where length(place_code) >= {{ length }}
    {{ "union all" if not loop.last }}
    {% endfor %}
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
