-- Grain: open cut and registered household: on the register, exited, or monitored.
-- Steps: 1. applicants and refused ones are not in the registry and left out; 2. its members but those who are in two
-- households and count with the other one; 3. its income per head and the lines in force for it.
select
    households.cut_id,
    households.household_key,
    households.county_id,
    households.county_code,
    households.place_code,
    households.registered_on,
    households.provisional,
    members.members - coalesce(shared.counted_elsewhere, 0) as members,
    coalesce(shared.counted_elsewhere, 0) as counted_elsewhere,
    incomes.income_year,
    incomes.income_per_head,
    incomes.income_per_head_before_assistance,
    incomes.poverty_line,
    incomes.monitoring_line
from {{ ref('int_households') }} as households
inner join {{ ref('int_household_status') }} as status
    on households.cut_id = status.cut_id and households.household_key = status.household_key
inner join {{ ref('int_household_members') }} as members
    on households.cut_id = members.cut_id and households.household_key = members.household_key
inner join {{ ref('int_household_incomes') }} as incomes
    on households.cut_id = incomes.cut_id and households.household_key = incomes.household_key
left join {{ ref('int_shared_households') }} as shared
    on households.cut_id = shared.cut_id and households.household_key = shared.household_key
where status.status not in ('applicant', 'refused')
