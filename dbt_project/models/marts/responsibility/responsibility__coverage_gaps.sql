-- Grain: money that reached nobody, or help that no money stands behind: gap and gap_key.
-- Steps: 1. what was delivered of each measure in each place that counts: to households, those that left since too, and
-- tasks done in part or whole; 2. projects paid out for longer than the standard's days whose measure reached nobody
-- there, where a county of the place reports; 3. deliveries at a cost that no project of the lists paid, of the county
-- or its province, by county and measure; a project whose row is held is on no list.
with

reached as (
    select distinct
        place_code,
        measure_code
    from {{ ref('int_delivered_measures') }}
    union
    select distinct
        place_code,
        measure_code
    from {{ ref('int_tasks') }}
    where done_quantity > 0
),

covered as (
    {{ under_every_place('reached', ['measure_code']) | indent(4) }}
),

lived_in as (
    select distinct place_code
    from {{ ref('int_households') }}
    where cut_id = 'night'
),

reporting_places as (
    {{ under_every_place('lived_in', []) | indent(4) }}
),

projects as (
    select
        county_id || '-' || project_id as project_key,
        fund_source,
        measure_code,
        place_code,
        disbursed,
        allocated_on
    from {{ ref('int_funds') }}
),

unpaid as (
    select
        substr(measures.place_code, 1, 6) as county_code,
        measures.measure_code,
        sum(measures.amount) as amount,
        count(*) as deliveries,
        min(measures.delivered_on) as since
    from {{ ref('int_delivered_measures') }} as measures
    left join {{ ref('int_project_keys') }} as project_keys
        on measures.county_id = project_keys.county_id and measures.project_id = project_keys.project_id
    where measures.amount > 0 and project_keys.project_key is null
    group by substr(measures.place_code, 1, 6), measures.measure_code
)

select
    'money_without_coverage' as gap,
    projects.project_key as gap_key,
    projects.place_code,
    projects.measure_code,
    projects.fund_source,
    projects.project_key,
    cast(projects.disbursed as decimal(18, 2)) as yuan,
    0 as deliveries,
    projects.allocated_on as since
from projects
inner join reporting_places
    on projects.place_code = reporting_places.place_code
left join covered
    on projects.place_code = covered.place_code and projects.measure_code = covered.measure_code
where
    projects.disbursed > 0
    and projects.measure_code is not null
    and covered.place_code is null
    and {{ days_between('projects.allocated_on', night()) }} > {{ national_standard('money_covers_within_days') }}
union all
select
    'coverage_without_money' as gap,
    county_code || '-' || measure_code as gap_key,
    county_code as place_code,
    measure_code,
    cast(null as varchar) as fund_source,
    cast(null as varchar) as project_key,
    cast(amount as decimal(18, 2)) as yuan,
    cast(deliveries as integer) as deliveries,
    since
from unpaid
where county_code is not null
