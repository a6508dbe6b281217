-- Grain: area and measure, on the night.
-- Steps: 1. offers in force by where they stand; 2. of those not accepted, how many wait for an answer and how many
-- were turned down: of the nation alone, and where both reach the smallest cell, so that nobody's answer can be told
-- from the households that were made the offer.
with

counted as (
    select
        areas.area_kind,
        areas.area_code,
        offers.measure_code,
        count(*) as offers,
        count(*) filter (where offers.standing in ('offered', 'not_taken_up')) as not_accepted,
        count(*) filter (where offers.standing = 'offered') as waiting,
        count(*) filter (where offers.standing = 'not_taken_up') as not_taken_up,
        count(*) filter (where offers.standing = 'accepted') as under_way,
        count(*) filter (where offers.standing = 'delivered') as delivered,
        coalesce(sum(offers.amount) filter (where offers.standing = 'delivered'), 0) as amount_delivered
    from {{ ref('int_household_offers') }} as offers
    inner join {{ ref('int_households') }} as households
        on offers.household_key = households.household_key and households.cut_id = 'night'
    inner join {{ ref('int_place_areas') }} as areas
        on households.cut_id = areas.cut_id and households.place_code = areas.place_code
    group by areas.area_kind, areas.area_code, offers.measure_code
),

judged as (
    select
        counted.*,
        area_kind = 'nation'
        and least(waiting, not_taken_up) >= {{ national_standard('suppression_min_cell') }} as answers_shown
    from counted
)

select
    area_kind,
    area_code,
    measure_code,
    cast(offers as bigint) as offers,
    cast(not_accepted as bigint) as not_accepted,
    cast(case when answers_shown then waiting end as bigint) as waiting,
    cast(under_way as bigint) as under_way,
    cast(delivered as bigint) as delivered,
    cast(case when answers_shown then not_taken_up end as bigint) as not_taken_up,
    cast(amount_delivered as decimal(18, 2)) as amount_delivered
from judged
