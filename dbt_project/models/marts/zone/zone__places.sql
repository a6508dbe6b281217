-- Grain: place of the division tree, past or present.
-- Steps: the tree as it stands in the seed, with the names above each place.
select
    place_code,
    level,
    name_zh,
    path_zh,
    parent_code,
    province_zh,
    prefecture_zh,
    county_zh,
    county_id,
    valid_from,
    valid_to
from {{ ref('int_place_names') }}
