-- Grain: household in the marts, on the night, or gone from them by a close that carried out its exit.
-- Steps: 1. each outcome is true or false where the household is in its denominator, and empty where not; 2. holding:
-- of those on the register; 3. exit: of those on the register a year before, by their dates and decisions, that are in
-- the marts or gone by an exit; exit_lacking: of these who exited within the year, a condition that is not met tonight,
-- or was not as last told before the close, empty where none is but one is unknown; 4. offer and service: of those in
-- need with a cause that a rule in force answers, whether a fitting measure was offered, and whether one was delivered
-- in time.
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

registry as (
    select
        household_key,
        county_code,
        place_code,
        registered_on,
        provisional,
        held,
        false as gone
    from {{ ref('int_households') }}
    where cut_id = 'night'
    union all
    select
        household_key,
        county_code,
        place_code,
        registered_on,
        provisional,
        false as held,
        gone
    from {{ ref('int_closing_exits') }}
    where gone
),

conditions as (
    select
        household_key,
        state
    from {{ ref('int_household_conditions') }}
    where cut_id = 'night'
    union all
    select
        household_key,
        state
    from {{ ref('int_closing_conditions') }}
    where gone
),

lacking as (
    select
        household_key,
        case
            when bool_or(state = 'not_met') then true
            when not bool_or(state = 'unknown') then false
        end as lacks
    from conditions
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
        registry.household_key,
        registry.county_code,
        registry.place_code,
        registry.held,
        registry.gone or status.status = 'exited' as exited,
        stock.household_key is not null as on_register,
        coalesce(
            registry.registered_on <= (select year_before.day from year_before)
            and not registry.provisional
            and (acts_before.exited_on is null or acts_before.returned_on > acts_before.exited_on), false
        ) as on_register_before,
        lacking.lacks,
        fits.offered,
        fits.served_in_time
    from registry
    left join {{ ref('int_household_status') }} as status
        on registry.household_key = status.household_key and status.cut_id = 'night'
    left join {{ ref('int_register_stock') }} as stock
        on registry.household_key = stock.household_key and stock.cut_id = 'night'
    left join acts_before
        on registry.household_key = acts_before.household_key
    left join lacking
        on registry.household_key = lacking.household_key
    left join fits
        on registry.household_key = fits.household_key
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
