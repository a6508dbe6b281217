-- Grain: one act of an office on a household.
-- Steps: decisions in force on the night, as sent.
select
    decisions.county_id || '-' || decisions.decision_id as decision_key,
    decisions.household_key,
    decisions.act,
    decisions.reason,
    {{ referred_key('unit_keys', 'unit_key', 'decisions', 'office_unit_id') }} as office_unit_key,
    decisions.decided_on,
    decisions.notice_on,
    decisions.appeal_deadline,
    decisions.attempt_id,
    decisions.as_of,
    decisions.known_at
from {{ ref('int_decisions') }} as decisions
left join {{ ref('int_unit_keys') }} as unit_keys
    on decisions.county_id = unit_keys.county_id and decisions.office_unit_id = unit_keys.unit_id
