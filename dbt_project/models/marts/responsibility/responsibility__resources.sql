-- Grain: money of one source for one measure in one place: place_code, measure_code, fund_source.
-- Steps: 1. projects in force on the night, added up; 2. how many sources stand together there, and the part of each.
with

added as (
    select
        place_code,
        coalesce(measure_code, 'none') as measure_code,
        fund_source,
        count(*) as projects,
        sum(allocated) as allocated,
        sum(coalesce(disbursed, 0)) as disbursed,
        min(allocated_on) as first_allocated_on
    from {{ ref('int_funds') }}
    group by place_code, coalesce(measure_code, 'none'), fund_source
)

select
    place_code,
    measure_code,
    fund_source,
    cast(projects as integer) as projects,
    cast(allocated as decimal(18, 2)) as allocated,
    cast(disbursed as decimal(18, 2)) as disbursed,
    cast(count(*) over (partition by place_code, measure_code) as integer) as sources_there,
    {{ share('allocated', 'sum(allocated) over (partition by place_code, measure_code)') }} as share_of_money_there,
    first_allocated_on
from added
