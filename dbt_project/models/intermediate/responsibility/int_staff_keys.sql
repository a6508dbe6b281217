-- Grain: submitter that refers to a member of staff, and staff_id.
-- Steps: its own staff, and for a county those of its province.
{{ reference_keys(ref('int_staff'), 'staff_id', 'staff_key') }}
