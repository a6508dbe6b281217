-- Grain: cut, registered household, line (poverty_line, monitoring_range) and income (after_assistance,
-- before_assistance).
-- Steps: the household's income per head, of either kind, beside either line in force for it.
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
from {{ ref('int_registered_households') }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% if not loop.last %}union all{% endif %}
{% endfor %}
