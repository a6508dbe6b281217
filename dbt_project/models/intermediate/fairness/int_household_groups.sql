-- Grain: household in the marts, on the night, or gone from them by a close that carried out its exit.
-- Steps: 1. its members and its village, of the night or as last told before the close; 2. which groups it belongs to;
-- what could be either, because an age, a health, the head or the distance is not told, is unknown. Older is beyond the
-- working age in force, a child below it.
with

counted as (
    select
        households.household_key,
        households.village_code,
        members.members,
        members.head_sex,
        members.disabled,
        members.health_unknown,
        members.elderly,
        members.age_unknown,
        members.children
    from {{ ref('int_households') }} as households
    inner join {{ ref('int_household_members') }} as members
        on households.cut_id = members.cut_id and households.household_key = members.household_key
    where households.cut_id = 'night'
    union all
    select
        closings.household_key,
        closings.village_code,
        members.members,
        members.head_sex,
        members.disabled,
        members.health_unknown,
        members.elderly,
        members.age_unknown,
        members.children
    from {{ ref('int_closing_exits') }} as closings
    inner join {{ ref('int_closing_members') }} as members
        on closings.household_key = members.household_key and closings.stepped_on = members.stepped_on
    where closings.gone
)

select
    counted.household_key,
    case counted.head_sex when '2' then true when '1' then false end as headed_by_woman,
    case
        when counted.disabled > 0 then true
        when counted.members > 0 and counted.health_unknown = 0 then false
    end as disabled_member,
    case
        when counted.elderly + counted.age_unknown < counted.members then false
        when counted.members > 0 and counted.age_unknown = 0 then true
    end as older_alone,
    case
        when counted.children > 0 then true
        when counted.members > 0 and counted.age_unknown = 0 then false
    end as with_children,
    villages.remote as remote_village
from counted
left join {{ ref('int_remote_villages') }} as villages
    on counted.village_code = villages.village_code
