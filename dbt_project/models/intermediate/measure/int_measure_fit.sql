-- Grain: household in need and cause.
-- Steps: 1. its causes; 2. the measures that the rulebook in force in its place offers for that cause; 3. how far
-- they have come: a cause is closed only by a fitting measure that was delivered; what was turned down closes
-- nothing.
with

causes as (
    select
        household_key,
        place_code,
        condition_code as cause,
        is_main
    from {{ ref('int_household_reasons') }}
    where condition_kind = 'cause'
),

fitting as (
    select distinct
        household_key,
        condition_code as cause,
        measure_code
    from {{ ref('int_recommendations') }}
    where condition_kind = 'cause'
),

standing as (
    select
        fitting.household_key,
        fitting.cause,
        count(distinct fitting.measure_code) as fitting_measures,
        count(distinct offers.measure_id) filter (where offers.standing = 'delivered') as delivered,
        -- What was delivered without a planned day was promised for none, and is not late.
        count(distinct offers.measure_id) filter (
            where
            offers.standing = 'delivered'
            and offers.delivered_on <= coalesce(offers.planned_on, offers.delivered_on)
        ) as delivered_in_time,
        count(distinct offers.measure_id) filter (where offers.standing = 'accepted') as accepted,
        count(distinct offers.measure_id) filter (where offers.standing = 'offered') as offered
    from fitting
    left join {{ ref('int_shown_offers') }} as offers
        on fitting.household_key = offers.household_key and fitting.measure_code = offers.measure_code
    group by fitting.household_key, fitting.cause
)

select
    causes.household_key,
    causes.cause,
    causes.is_main,
    case
        when standing.delivered > 0 then 'delivered'
        when standing.accepted > 0 then 'under_way'
        when standing.offered > 0 then 'offered'
        when standing.fitting_measures > 0 then 'open'
        else 'no_rule'
    end as fit,
    cast(coalesce(standing.fitting_measures, 0) as integer) as fitting_measures,
    cast(coalesce(standing.delivered, 0) as integer) as delivered,
    cast(coalesce(standing.delivered_in_time, 0) as integer) as delivered_in_time
from causes
left join standing
    on causes.household_key = standing.household_key and causes.cause = standing.cause
