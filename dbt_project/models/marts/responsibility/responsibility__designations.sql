-- Grain: designation: a unit put in charge of helping a county or a village.
-- Steps: 1. designations told by the night, with their unit; 2. of each place how many last tonight, and the last one
-- that ended; 3. one that ended has a successor when another lasts; else the place has been without since.
with

designated as (
    select
        designated.*,
        designated.from_date > {{ night() }} as ahead,
        coalesce(designated.to_date < {{ night() }}, false) as ended
    from {{ ref('int_designated_units') }} as designated
),

by_place as (
    select
        helped_place_code,
        count(*) filter (where not ahead and not ended) as lasting,
        max(to_date) filter (where ended) as last_ended_on
    from designated
    group by helped_place_code
)

select
    designated.designation_id,
    designated.unit_key,
    units.unit_name,
    units.unit_kind,
    units.level,
    designated.helped_place_code,
    designated.from_date,
    designated.to_date,
    case
        when designated.ahead then 'ahead'
        when not designated.ended then 'lasting'
        when by_place.lasting > 0 or designated.to_date < by_place.last_ended_on then 'ended'
        else 'ended_without_successor'
    end as state,
    cast(by_place.lasting as integer) as units_there,
    cast(case
        when by_place.lasting = 0 and designated.to_date = by_place.last_ended_on
            then {{ days_between('designated.to_date', night()) }}
    end as integer) as days_without,
    designated.submitter,
    designated.as_of,
    designated.known_at
from designated
inner join by_place
    on designated.helped_place_code = by_place.helped_place_code
left join {{ ref('int_units') }} as units
    on designated.unit_key = units.county_id || '-' || units.unit_id
