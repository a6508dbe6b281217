-- Grain: zone, place and first day.
-- Steps: the seed as it stands, with the place's name and level, and whether it holds on the night.
with

names as (
    select
        place_code,
        max(level) as level,
        max(name_zh) as name_zh
    from {{ ref('places') }}
    group by place_code
)

select
    zone_places.zone_id,
    zone_places.place_code,
    names.level as place_level,
    names.name_zh as place_zh,
    zones.restricted,
    zone_places.valid_from,
    zone_places.valid_to,
    {{ holds_on(night(), 'zone_places.valid_from', 'zone_places.valid_to') }} as in_force,
    zone_places.source
from {{ ref('zone_places') }} as zone_places
inner join {{ ref('zones') }} as zones
    on zone_places.zone_id = zones.zone_id
left join names
    on zone_places.place_code = names.place_code
