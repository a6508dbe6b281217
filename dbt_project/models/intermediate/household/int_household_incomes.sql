-- Grain: open cut and household in the marts.
-- Steps: 1. net income as the sum of its parts, unknown when a part is missing, negative kept; 2. the same without
-- assistance; 3. per head of the members at the end of the income year, unknown when there is none, to six
-- decimals, since rounding to a fen would bring some of the poor onto the line; 4. the lines in
-- force for its county and income year, as known by the cut's time; 5. poor is strictly below the line; equal is
-- neither poor nor above.
with

incomes as (
    select
        households.cut_id,
        households.household_key,
        households.county_code,
        cast(coalesce(households.income_year, year(cuts.state_on)) as integer) as income_year,
        households.wage_income + households.business_income + households.property_income
        + households.transfer_income - households.production_costs as net_income,
        households.assistance_income,
        nullif(members.income_members, 0) as income_members
    from {{ ref('int_households') }} as households
    inner join {{ ref('int_cuts') }} as cuts
        on households.cut_id = cuts.cut_id
    inner join {{ ref('int_household_members') }} as members
        on households.cut_id = members.cut_id and households.household_key = members.household_key
),

per_head as (
    select
        cut_id,
        household_key,
        county_code,
        income_year,
        income_members,
        cast(net_income as decimal(18, 2)) as net_income,
        cast(net_income - assistance_income as decimal(18, 2)) as net_income_before_assistance,
        cast(round(net_income / income_members, 6) as decimal(18, 6)) as income_per_head,
        cast(round((net_income - assistance_income) / income_members, 6) as decimal(18, 6))
            as income_per_head_before_assistance
    from incomes
)

select
    per_head.cut_id,
    per_head.household_key,
    per_head.income_year,
    per_head.income_members,
    per_head.net_income,
    per_head.net_income_before_assistance,
    per_head.income_per_head,
    per_head.income_per_head_before_assistance,
    poverty.value as poverty_line,
    poverty.standard_id as poverty_line_standard,
    monitoring.value as monitoring_line,
    monitoring.standard_id as monitoring_line_standard,
    per_head.income_per_head < poverty.value as poor,
    per_head.income_per_head_before_assistance < poverty.value as poor_before_assistance,
    per_head.income_per_head > poverty.value as above_line,
    per_head.income_per_head < monitoring.value as below_monitoring_line
from per_head
left join {{ ref('int_county_lines') }} as poverty
    on
        per_head.cut_id = poverty.cut_id
        and per_head.county_code = poverty.county_code
        and per_head.income_year = poverty.income_year
        and poverty.subject = 'poverty_line'
left join {{ ref('int_county_lines') }} as monitoring
    on
        per_head.cut_id = monitoring.cut_id
        and per_head.county_code = monitoring.county_code
        and per_head.income_year = monitoring.income_year
        and monitoring.subject = 'monitoring_range'
