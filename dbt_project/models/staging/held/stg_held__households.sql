-- Grain: one held row of a file.
-- Steps: rows up to the night, columns of the contract, what holds it.
{{ stage_rows('held', 'households') }}
