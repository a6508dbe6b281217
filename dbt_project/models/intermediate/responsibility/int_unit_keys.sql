-- Grain: submitter that refers to a unit, and unit_id.
-- Steps: its own units, and for a county those of its province.
{{ reference_keys(ref('int_units'), 'unit_id', 'unit_key') }}
