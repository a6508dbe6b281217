-- Grain: cut, registered household, line (poverty_line, monitoring_range) and income (after_assistance,
-- before_assistance).
-- Steps: the household's income per head and the line in force for it; its members but those who are in two households
-- and count with the other one; applicants and refused ones are not in the registry and left out.
with

registered as (
    select
        households.cut_id,
        households.household_key,
        households.place_code,
        members.members - coalesce(shared.counted_elsewhere, 0) as members,
        coalesce(shared.counted_elsewhere, 0) as counted_elsewhere,
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
)

{% for line, limit in [('poverty_line', 'poverty_line'), ('monitoring_range', 'monitoring_line')] %}
{% for income, column in [
    ('after_assistance', 'income_per_head'), ('before_assistance', 'income_per_head_before_assistance')
] %}
select
    cut_id,
    household_key,
    place_code,
    members,
    counted_elsewhere,
    '{{ line }}' as line,
    '{{ income }}' as income,
    {{ column }} as income_per_head,
    {{ limit }} as line_value
from registered
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% if not loop.last %}union all{% endif %}
{% endfor %}
