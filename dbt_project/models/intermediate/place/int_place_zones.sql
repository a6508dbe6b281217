-- Grain: cut, place of a household and zone.
-- Steps: 1. the places of the households; 2. every zone that has a prefix of the place on the cut's date; 3. within
-- one zone the longest prefix decides. A place is in every such zone: zones overlap.
with

places_in_use as (
    select
        places.cut_id,
        places.place_code,
        cuts.state_on
    from {{ ref('int_places_in_use') }} as places
    inner join {{ ref('int_cuts') }} as cuts
        on places.cut_id = cuts.cut_id
),

widths as (
    select distinct length(place_code) as width
    from {{ ref('zone_places') }}
),

-- Prefixes as rows of their own: joined by equality, no place is compared with every place of every zone.
prefixes as (
    select
        places_in_use.*,
        substr(places_in_use.place_code, 1, widths.width) as prefix
    from places_in_use
    inner join widths
        on length(places_in_use.place_code) >= widths.width
),

matches as (
    select
        prefixes.cut_id,
        prefixes.place_code,
        zones.zone_id,
        zones.restricted,
        zone_places.place_code as zone_place_code,
        row_number() over (
            partition by prefixes.cut_id, prefixes.place_code, zones.zone_id
            order by length(zone_places.place_code) desc
        ) as narrowness
    from prefixes
    inner join {{ ref('zone_places') }} as zone_places
        on
            prefixes.prefix = zone_places.place_code
            and {{ holds_on('prefixes.state_on', 'zone_places.valid_from', 'zone_places.valid_to') }}
    inner join {{ ref('zones') }} as zones
        on
            zone_places.zone_id = zones.zone_id
            and {{ holds_on('prefixes.state_on', 'zones.valid_from', 'zones.valid_to') }}
)

select
    cut_id,
    place_code,
    zone_id,
    restricted,
    zone_place_code
from matches
where narrowness = 1
