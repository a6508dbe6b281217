-- Grain: household in the marts, on the night.
-- Steps: 1. each outcome is true or false where the household is in its denominator, and empty where not; 2. holding:
-- of those on the register; 3. exit: of those on the register a year before, by their dates and decisions, and still
-- told of; exit_lacking: of these who exited within the year, a condition that is not met tonight, empty where none is
-- but one is unknown; 4. offer and service: of those in need with a cause that a rule in force answers, whether a
-- fitting measure was offered, and whether one was delivered in time.
with

year_before as (
    select state_on - interval 1 year as day
    from {{ ref('int_cuts') }}
    where cut_id = 'night'
),

acts_before as (
    select
        decisions.household_key,
        max(decisions.decided_on) filter (where decisions.act = 'exit') as exited_on,
        max(decisions.decided_on) filter (where decisions.act = 'return') as returned_on
    from {{ ref('int_cut_decisions') }} as decisions
    where
        decisions.cut_id = 'night'
        and decisions.act in ('exit', 'return')
        and decisions.decided_on <= (select year_before.day from year_before)
    group by decisions.household_key
),

lacking as (
    select
        household_key,
        case
            when bool_or(state = 'not_met') then true
            when not bool_or(state = 'unknown') then false
        end as lacks
    from {{ ref('int_household_conditions') }}
    where cut_id = 'night'
    group by household_key
),

fits as (
    select
        household_key,
        bool_or(fit in ('offered', 'under_way', 'delivered')) as offered,
        bool_or(delivered_in_time > 0) as served_in_time
    from {{ ref('int_measure_fit') }}
    where fit <> 'no_rule'
    group by household_key
),

facts as (
    select
        households.household_key,
        households.county_code,
        households.place_code,
        households.held,
        status.status = 'exited' as exited,
        stock.household_key is not null as on_register,
        coalesce(
            households.registered_on <= (select year_before.day from year_before)
            and not households.provisional
            and (acts_before.exited_on is null or acts_before.returned_on > acts_before.exited_on), false
        ) as on_register_before,
        lacking.lacks,
        fits.offered,
        fits.served_in_time
    from {{ ref('int_households') }} as households
    inner join {{ ref('int_household_status') }} as status
        on households.cut_id = status.cut_id and households.household_key = status.household_key
    left join {{ ref('int_register_stock') }} as stock
        on households.cut_id = stock.cut_id and households.household_key = stock.household_key
    left join acts_before
        on households.household_key = acts_before.household_key
    left join lacking
        on households.household_key = lacking.household_key
    left join fits
        on households.household_key = fits.household_key
    where households.cut_id = 'night'
)

select
    household_key,
    county_code,
    place_code,
    case when on_register then held end as holding,
    case when on_register_before then exited end as exit,
    case when on_register_before and exited then lacks end as exit_lacking,
    offered as offer,
    served_in_time as service
from facts
