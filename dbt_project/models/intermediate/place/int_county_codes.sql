-- Grain: county code, past or present.
-- Steps: the stable id of its county, and the code that county has today; one that is no more keeps its last.
with

codes as (
    select
        place_code as county_code,
        county_id,
        valid_to is null as is_current
    from {{ ref('places') }}
    where level = 'county'
),

current_codes as (
    select
        county_id,
        max(county_code) as current_code
    from codes
    where is_current
    group by county_id
)

select
    codes.county_code,
    codes.county_id,
    coalesce(current_codes.current_code, codes.county_code) as current_code
from codes
left join current_codes
    on codes.county_id = current_codes.county_id
