-- Grain: area and measure, on the night.
-- Steps: offers in force by where they stand; what was not taken up is a count here and a list nowhere.
select
    areas.area_kind,
    areas.area_code,
    offers.measure_code,
    cast(count(*) as bigint) as offers,
    cast(count(*) filter (where offers.standing = 'offered') as bigint) as waiting,
    cast(count(*) filter (where offers.standing = 'accepted') as bigint) as under_way,
    cast(count(*) filter (where offers.standing = 'delivered') as bigint) as delivered,
    cast(count(*) filter (where offers.standing = 'not_taken_up') as bigint) as not_taken_up,
    cast(coalesce(sum(offers.amount) filter (where offers.standing = 'delivered'), 0) as decimal(18, 2))
        as amount_delivered
from {{ ref('int_household_offers') }} as offers
inner join {{ ref('int_households') }} as households
    on offers.household_key = households.household_key and households.cut_id = 'night'
inner join {{ ref('int_place_areas') }} as areas
    on households.cut_id = areas.cut_id and households.place_code = areas.place_code
group by areas.area_kind, areas.area_code, offers.measure_code
