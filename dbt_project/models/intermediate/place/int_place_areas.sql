-- Grain: open cut, place of a household and area it counts in: nation, region, province, prefecture, county, township,
-- zone.
-- Steps: 1. the levels of the division tree above the place; 2. the regions of its province; 3. its zones, without
-- the restricted ones, which are never an area of a figure. Areas overlap: figures are never added across zones.
select
    cut_id,
    place_code,
    'nation' as area_kind,
    'CN' as area_code
from {{ ref('int_places_in_use') }}
union all
select
    cut_id,
    place_code,
    'province' as area_kind,
    province_code as area_code
from {{ ref('int_places_in_use') }}
union all
select
    cut_id,
    place_code,
    'prefecture' as area_kind,
    prefecture_code as area_code
from {{ ref('int_places_in_use') }}
union all
select
    cut_id,
    place_code,
    'county' as area_kind,
    county_code as area_code
from {{ ref('int_places_in_use') }}
union all
select
    cut_id,
    place_code,
    'township' as area_kind,
    township_code as area_code
from {{ ref('int_places_in_use') }}
where township_code is not null
union all
select
    places_in_use.cut_id,
    places_in_use.place_code,
    'region' as area_kind,
    regions.region_id as area_code
from {{ ref('int_places_in_use') }} as places_in_use
inner join {{ ref('regions') }} as regions
    on places_in_use.province_code = regions.province_code
union all
select
    cut_id,
    place_code,
    'zone' as area_kind,
    zone_id as area_code
from {{ ref('int_place_zones') }}
where not restricted
