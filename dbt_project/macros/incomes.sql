{# The relations have a cut_id and a household_key; `households` has the columns of households and county_code, `cuts` has
   state_on and known_by. So the same rule holds for households at cuts (int_county_lines, int_household_incomes, which say the steps) and for
   households that were closed (int_closing_conditions). #}

{% macro county_lines(households, cuts) %}
with

wanted as (
    select distinct
        households.cut_id,
        households.county_code,
        cast(coalesce(households.income_year, year(cuts.state_on)) as integer) as income_year,
        cast(cuts.known_by as date) as known_on
    from {{ households }} as households
    inner join {{ cuts }} as cuts
        on households.cut_id = cuts.cut_id
),

candidates as (
    select
        wanted.cut_id,
        wanted.county_code,
        wanted.income_year,
        standards.subject,
        standards.standard_id,
        cast(standards.value as decimal(18, 2)) as value,
        row_number() over (
            partition by wanted.cut_id, wanted.county_code, wanted.income_year, standards.subject
            order by case when standards.jurisdiction = 'CN' then 0 else length(standards.jurisdiction) end desc
        ) as narrowness
    from wanted
    inner join {{ ref('int_standard_versions') }} as standards
        on
            standards.subject in ('poverty_line', 'monitoring_range')
            and (standards.jurisdiction = 'CN' or starts_with(wanted.county_code, standards.jurisdiction))
            and {{ in_force_at('standards', income_year_ends('wanted.income_year'), 'wanted.known_on') }}
)

select
    cut_id,
    county_code,
    income_year,
    subject,
    standard_id,
    value
from candidates
where narrowness = 1
{%- endmacro %}

{% macro household_incomes(households, members, lines, cuts) %}
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
    from {{ households }} as households
    inner join {{ cuts }} as cuts
        on households.cut_id = cuts.cut_id
    inner join {{ members }} as members
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
left join {{ lines }} as poverty
    on
        per_head.cut_id = poverty.cut_id
        and per_head.county_code = poverty.county_code
        and per_head.income_year = poverty.income_year
        and poverty.subject = 'poverty_line'
left join {{ lines }} as monitoring
    on
        per_head.cut_id = monitoring.cut_id
        and per_head.county_code = monitoring.county_code
        and per_head.income_year = monitoring.income_year
        and monitoring.subject = 'monitoring_range'
{%- endmacro %}
