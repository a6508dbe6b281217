-- Grain: cut, area and cause.
-- Steps: 1. households in need, by main cause and by any mention, each household weighing one; 2. of settled cuts
-- (int_open_cuts) the rows of the carried night.
with

in_need as (
    select
        households.cut_id,
        households.household_key,
        areas.area_kind,
        areas.area_code
    from {{ ref('int_households') }} as households
    inner join {{ ref('int_household_status') }} as status
        on households.cut_id = status.cut_id and households.household_key = status.household_key
    inner join {{ ref('int_place_areas') }} as areas
        on households.cut_id = areas.cut_id and households.place_code = areas.place_code
    inner join {{ ref('int_open_cuts') }} as cuts
        on households.cut_id = cuts.cut_id and not cuts.settled
    where status.in_need
),

mentions as (
    select
        in_need.cut_id,
        in_need.area_kind,
        in_need.area_code,
        causes.cause,
        count(*) filter (where causes.is_main) as main_households,
        count(*) as any_households
    from in_need
    inner join {{ ref('int_household_causes') }} as causes
        on in_need.cut_id = causes.cut_id and in_need.household_key = causes.household_key
    group by in_need.cut_id, in_need.area_kind, in_need.area_code, causes.cause
)

select
    mentions.*,
    sum(main_households) over (partition by cut_id, area_kind, area_code) as households
from mentions
{{ and_settled_cuts() }}
