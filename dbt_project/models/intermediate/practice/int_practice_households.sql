-- Grain: household whose four income years around the practice year are reported.
-- Steps: 1. outcomes of the year after, the year before and the one before that; 2. what it is compared within: the
-- contiguous area (these do not overlap, and a restricted zone is never one), the main cause and the size of the year
-- before, and how many measures came in the practice year.
with

measures_in_year as (
    select
        household_key,
        count(*) as measures_in_year
    from {{ ref('int_practice_deliveries') }}
    where in_year
    group by household_key
),

areas as (
    select
        place_zones.place_code,
        min(place_zones.zone_id) as zone_id
    from {{ ref('int_place_zones') }} as place_zones
    inner join {{ ref('zones') }} as zones
        on place_zones.zone_id = zones.zone_id
    where place_zones.cut_id = 'night' and zones.kind = 'contiguous_area' and not place_zones.restricted
    group by place_zones.place_code
)

select
    before_year.household_key,
    practice_year.income_year,
    before_year.village_code,
    before_year.main_cause as cause,
    coalesce(areas.zone_id, 'outside') as zone_id,
    before_year.size_band,
    coalesce(measures_in_year.measures_in_year, 0) as measures_in_year,
    after_year.income_per_head as income_after,
    before_year.income_per_head as income_before,
    earlier_year.income_per_head as income_earlier,
    after_year.deprivations as deprivations_after,
    before_year.deprivations as deprivations_before,
    earlier_year.deprivations as deprivations_earlier
from {{ ref('int_practice_year') }} as practice_year
inner join {{ ref('int_practice_outcomes') }} as before_year
    on practice_year.income_year - 1 = before_year.income_year
inner join {{ ref('int_practice_outcomes') }} as after_year
    on
        practice_year.income_year + 1 = after_year.income_year
        and before_year.household_key = after_year.household_key
inner join {{ ref('int_practice_outcomes') }} as earlier_year
    on
        practice_year.income_year - 2 = earlier_year.income_year
        and before_year.household_key = earlier_year.household_key
left join measures_in_year
    on before_year.household_key = measures_in_year.household_key
left join areas
    on before_year.village_code = areas.place_code
where
    before_year.village_code is not null
    and before_year.main_cause is not null
    and before_year.size_band is not null
