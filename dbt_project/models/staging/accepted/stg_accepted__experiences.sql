-- Grain: one accepted row of a file.
-- Steps: rows up to the night, columns of the contract, nothing else.
{{ stage_rows('accepted', 'experiences') }}
