-- Grain: thing paid for twice: household_key, member (0 for the whole household), measure_code.
-- Steps: 1. deliveries that a project paid, in order of their day; 2. one that follows another of the same measure,
-- household and member within the standard's days, paid by another project; 3. all of them together.
with

paid as (
    select
        measures.household_key,
        coalesce(measures.person_no, 0) as person_no,
        measures.measure_code,
        {{ referred_key('project_keys', 'project_key', 'measures', 'project_id') }} as project_key,
        measures.delivered_on,
        measures.amount,
        measures.county_id || '-' || measures.measure_id as measure_key
    from {{ ref('int_delivered_measures') }} as measures
    left join {{ ref('int_project_keys') }} as project_keys
        on measures.county_id = project_keys.county_id and measures.project_id = project_keys.project_id
    where measures.project_id is not null
),

followed as (
    select
        paid.*,
        lag(project_key) over in_order as project_before,
        lag(delivered_on) over in_order as delivered_before,
        lag(amount) over in_order as amount_before
    from paid
    window in_order as (partition by household_key, person_no, measure_code order by delivered_on, measure_key)
)

select
    followed.household_key,
    cast(followed.person_no as integer) as person_no,
    followed.measure_code,
    min(followed.project_before) as first_project_key,
    min(followed.project_key) as second_project_key,
    min(first_funds.fund_source) as first_source,
    min(second_funds.fund_source) as second_source,
    min(followed.delivered_before) as first_delivered_on,
    max(followed.delivered_on) as last_delivered_on,
    cast(sum(least(followed.amount, followed.amount_before)) as decimal(18, 2)) as twice_paid_yuan
from followed
left join {{ ref('int_funds') }} as first_funds
    on followed.project_before = first_funds.county_id || '-' || first_funds.project_id
left join {{ ref('int_funds') }} as second_funds
    on followed.project_key = second_funds.county_id || '-' || second_funds.project_id
where
    followed.project_key <> followed.project_before
    and {{ days_between('followed.delivered_before', 'followed.delivered_on') }}
    <= {{ national_standard('double_funding_days') }}
group by followed.household_key, followed.person_no, followed.measure_code
