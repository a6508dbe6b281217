-- Grain: cut, registered household and dimension.
-- Steps: the conditions of the exit criteria are the dimensions, so that poverty and exit cannot disagree on facts;
-- the relative weights are standards in force. Its members are counted but those who count with another household.
select
    conditions.cut_id,
    conditions.household_key,
    households.place_code,
    members.members - coalesce(shared.counted_elsewhere, 0) as members,
    conditions.condition as dimension,
    conditions.deprived,
    in_force.value as weight
from {{ ref('int_household_conditions') }} as conditions
inner join {{ ref('int_households') }} as households
    on conditions.cut_id = households.cut_id and conditions.household_key = households.household_key
inner join {{ ref('int_household_status') }} as status
    on conditions.cut_id = status.cut_id and conditions.household_key = status.household_key
inner join {{ ref('int_household_members') }} as members
    on conditions.cut_id = members.cut_id and conditions.household_key = members.household_key
left join {{ ref('int_shared_households') }} as shared
    on conditions.cut_id = shared.cut_id and conditions.household_key = shared.household_key
inner join {{ ref('int_standards_in_force') }} as in_force
    on in_force.subject = 'alkire_foster_weight_' || conditions.condition and in_force.jurisdiction = 'CN'
where status.status not in ('applicant', 'refused')
