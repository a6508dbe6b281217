-- Grain: a project's money from one source.
-- Steps: funds in force on the night; what is not disbursed is idle from the days that the standards in force say.
with

funds as (
    select
        funds.*,
        coalesce(disbursed, 0) as paid,
        {{ days_between('allocated_on', night()) }} as days_since_allocation
    from {{ ref('int_funds') }} as funds
)

select
    county_id || '-' || project_id as project_key,
    submitter,
    project_id,
    fund_source,
    measure_code,
    place_code,
    allocated,
    allocated_on,
    cast(paid as decimal(18, 2)) as disbursed,
    disbursed_on,
    cast({{ days_between('allocated_on', 'disbursed_on') }} as integer) as disbursement_days,
    cast(allocated - paid as decimal(18, 2)) as undisbursed,
    {{ share('paid', 'allocated') }} as disbursed_share,
    cast(days_since_allocation as integer) as days_since_allocation,
    case
        when allocated <= paid then 'disbursed'
        when days_since_allocation > {{ national_standard('funds_idle_long_days') }} then 'idle_long'
        when days_since_allocation > {{ national_standard('funds_idle_days') }} then 'idle'
        when days_since_allocation > {{ national_standard('funds_undisbursed_notice_days') }} then 'slow'
        else 'in_time'
    end as state,
    as_of,
    known_at
from funds
