-- Grain: place of a household and zone, on the night.
-- Steps: every zone with a prefix of the place, the longest prefix within one zone; restricted zones are left out.
select
    place_code,
    zone_id,
    zone_place_code
from {{ ref('int_place_zones') }}
where cut_id = 'night' and not restricted
