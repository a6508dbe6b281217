-- Grain: cut, county, income year and line (poverty_line, monitoring_range).
-- Steps: 1. the counties and income years of the households; 2. the lines that hold at the end of that income year, as
-- they were known by the cut's time, for the country or a place the county lies in; 3. the narrowest jurisdiction
-- decides.
with

wanted as (
    select distinct
        households.cut_id,
        households.county_code,
        cast(coalesce(households.income_year, year(cuts.state_on)) as integer) as income_year,
        cast(cuts.known_by as date) as known_on
    from {{ ref('int_households') }} as households
    inner join {{ ref('int_cuts') }} as cuts
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
