-- Grain: place of the division tree, past or present.
-- Steps: its name and those of the province, prefecture and county above it by prefix; a stand-in of the statistical
-- list (a prefecture's districts, a province's own counties) is no name that anybody says and is left out of the path.
with

named as (
    select
        place_code,
        name_zh
    from {{ ref('places') }}
    where name_zh not in ('市辖区', '县', '省直辖县级行政区划', '自治区直辖县级行政区划')
)

select
    places.place_code,
    places.level,
    places.name_zh,
    places.parent_code,
    places.county_id,
    provinces.name_zh as province_zh,
    case when length(places.place_code) > 2 then prefectures.name_zh end as prefecture_zh,
    case when length(places.place_code) > 4 then counties.name_zh end as county_zh,
    concat_ws(
        ' ',
        provinces.name_zh,
        case when length(places.place_code) > 4 then prefectures.name_zh end,
        case when length(places.place_code) > 6 then counties.name_zh end,
        case when length(places.place_code) > 9 then townships.name_zh end,
        case when length(places.place_code) > 2 then places.name_zh end
    ) as path_zh,
    places.valid_from,
    places.valid_to
from {{ ref('places') }} as places
left join named as provinces
    on substr(places.place_code, 1, 2) = provinces.place_code
left join named as prefectures
    on substr(places.place_code, 1, 4) = prefectures.place_code
left join named as counties
    on substr(places.place_code, 1, 6) = counties.place_code
left join named as townships
    on substr(places.place_code, 1, 9) = townships.place_code
