-- Grain: household in the marts, on the night.
-- Steps: which groups it belongs to, by its members and its village; what could be either, because an age, a health,
-- the head or the distance is not told, is unknown. Older is beyond the working age in force, a child below it.
select
    households.household_key,
    case members.head_sex when '2' then true when '1' then false end as headed_by_woman,
    case
        when members.disabled > 0 then true
        when members.members > 0 and members.health_unknown = 0 then false
    end as disabled_member,
    case
        when members.elderly + members.age_unknown < members.members then false
        when members.members > 0 and members.age_unknown = 0 then true
    end as older_alone,
    case
        when members.children > 0 then true
        when members.members > 0 and members.age_unknown = 0 then false
    end as with_children,
    villages.remote as remote_village
from {{ ref('int_households') }} as households
inner join {{ ref('int_household_members') }} as members
    on households.cut_id = members.cut_id and households.household_key = members.household_key
left join {{ ref('int_remote_villages') }} as villages
    on households.village_code = villages.village_code
where households.cut_id = 'night'
