-- Grain: county of a household and subject, on the night.
-- Steps: the standards in force for the country or a place the county lies in; the narrowest jurisdiction decides.
with

counties as (
    select distinct county_code
    from {{ ref('int_households') }}
    where cut_id = 'night'
),

candidates as (
    select
        counties.county_code,
        in_force.subject,
        in_force.standard_id,
        in_force.value,
        row_number() over (
            partition by counties.county_code, in_force.subject
            order by case when in_force.jurisdiction = 'CN' then 0 else length(in_force.jurisdiction) end desc
        ) as narrowness
    from counties
    inner join {{ ref('int_standards_in_force') }} as in_force
        on in_force.jurisdiction = 'CN' or starts_with(counties.county_code, in_force.jurisdiction)
)

select
    county_code,
    subject,
    standard_id,
    value
from candidates
where narrowness = 1
