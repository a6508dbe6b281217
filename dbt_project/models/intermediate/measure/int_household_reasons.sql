-- Grain: household in need and reason for a measure, on the night: a cause, a condition that is not met, or any.
-- Steps: 1. its causes; 2. its conditions that are not met; 3. the reason any, which every household has.
with

in_need as (
    select
        households.household_key,
        households.place_code
    from {{ ref('int_households') }} as households
    inner join {{ ref('int_household_status') }} as status
        on households.cut_id = status.cut_id and households.household_key = status.household_key
    where households.cut_id = 'night' and status.in_need
)

select
    in_need.household_key,
    in_need.place_code,
    'cause' as condition_kind,
    causes.cause as condition_code,
    causes.is_main
from in_need
inner join {{ ref('int_household_causes') }} as causes
    on in_need.household_key = causes.household_key and causes.cut_id = 'night'
union all
select
    in_need.household_key,
    in_need.place_code,
    'condition' as condition_kind,
    conditions.condition as condition_code,
    false as is_main
from in_need
inner join {{ ref('int_household_conditions') }} as conditions
    on in_need.household_key = conditions.household_key and conditions.cut_id = 'night'
where conditions.state = 'not_met'
union all
select
    household_key,
    place_code,
    'condition' as condition_kind,
    'any' as condition_code,
    false as is_main
from in_need
