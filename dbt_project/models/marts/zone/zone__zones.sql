-- Grain: one zone.
-- Steps: the seed as it stands, with the places and households in it tonight; zones overlap, so counts are never
-- added.
with

counted as (
    select
        zones.zone_id,
        count(*) as households
    from {{ ref('int_place_zones') }} as zones
    inner join {{ ref('int_households') }} as households
        on zones.cut_id = households.cut_id and zones.place_code = households.place_code
    where zones.cut_id = 'night' and not zones.restricted
    group by zones.zone_id
),

places as (
    select
        zone_id,
        count(*) as places
    from {{ ref('zone_places') }}
    where {{ holds_on(night(), 'valid_from', 'valid_to') }}
    group by zone_id
)

select
    zones.zone_id,
    zones.name_zh,
    zones.name_en,
    zones.kind,
    zones.restricted,
    zones.valid_from,
    zones.valid_to,
    zones.source,
    cast(coalesce(places.places, 0) as integer) as places,
    case when not zones.restricted then cast(coalesce(counted.households, 0) as integer) end as households
from {{ ref('zones') }} as zones
left join counted
    on zones.zone_id = counted.zone_id
left join places
    on zones.zone_id = places.zone_id
