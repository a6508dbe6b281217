-- Grain: county, income year and line (poverty_line, monitoring_range).
-- Steps: 1. the counties and income years of the households; 2. the lines that hold at the end of that income year
-- for the country or a place the county lies in; 3. the narrowest jurisdiction decides.
with

wanted as (
    select distinct
        households.county_code,
        cast(coalesce(households.income_year, year(cuts.state_on)) as integer) as income_year
    from {{ ref('int_households') }} as households
    inner join {{ ref('int_cuts') }} as cuts
        on households.cut_id = cuts.cut_id
),

candidates as (
    select
        wanted.county_code,
        wanted.income_year,
        standards.subject,
        standards.standard_id,
        cast(standards.value as decimal(18, 2)) as value,
        row_number() over (
            partition by wanted.county_code, wanted.income_year, standards.subject
            order by
                case when standards.jurisdiction = 'CN' then 0 else length(standards.jurisdiction) end desc,
                standards.valid_from desc nulls last,
                standards.standard_id asc
        ) as narrowness
    from wanted
    inner join {{ ref('standards') }} as standards
        on
            standards.subject in ('poverty_line', 'monitoring_range')
            and (standards.jurisdiction = 'CN' or starts_with(wanted.county_code, standards.jurisdiction))
            and {{ holds_on('make_date(wanted.income_year, 9, 30)', 'standards.valid_from', 'standards.valid_to') }}
)

select
    county_code,
    income_year,
    subject,
    standard_id,
    value
from candidates
where narrowness = 1
