-- Grain: household in need, kind of misfit and what it is about: a cause or a measure.
-- Steps: 1. causes for which nothing fitting was offered; 2. measures that answer none of its reasons under the
-- rulebook in force in its place; 3. a measure delivered to the same household or member again within the days of the
-- standard double_benefit_days. A question to a person: nothing is taken away by it.
with

in_need as (
    select distinct household_key
    from {{ ref('int_household_reasons') }}
),

measures as (
    select
        offers.household_key,
        offers.county_id || '-' || offers.measure_id as measure_key,
        offers.measure_code,
        offers.person_no,
        offers.standing,
        offers.delivered_on,
        offers.amount
    from {{ ref('int_shown_offers') }} as offers
    inner join in_need
        on offers.household_key = in_need.household_key
),

answered as (
    select distinct
        household_key,
        measure_code
    from {{ ref('int_recommendations') }}
),

deliveries as (
    select
        measures.*,
        lag(delivered_on) over in_order as delivered_before_on
    from measures
    where standing = 'delivered'
    window in_order as (
        partition by household_key, measure_code, coalesce(person_no, 0)
        order by delivered_on, measure_key
    )
)

select
    household_key,
    'cause_unserved' as misfit,
    cause as about,
    cast(null as varchar) as measure_code,
    cast(null as date) as delivered_on,
    cast(null as decimal(18, 2)) as amount
from {{ ref('int_measure_fit') }}
where fit in ('open', 'no_rule')
union all
select
    measures.household_key,
    'answers_no_reason' as misfit,
    measures.measure_key as about,
    measures.measure_code,
    measures.delivered_on,
    measures.amount
from measures
left join answered
    on measures.household_key = answered.household_key and measures.measure_code = answered.measure_code
where answered.household_key is null
union all
select
    household_key,
    'double_benefit' as misfit,
    measure_key as about,
    measure_code,
    delivered_on,
    amount
from deliveries
where {{ days_between('delivered_before_on', 'delivered_on') }} < {{ national_standard('double_benefit_days') }}
