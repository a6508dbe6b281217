-- Grain: one held row of a file that came with a readable resident number.
-- Steps: rows up to the night; which member of which household the row is of, and the keyed hash of the number. A view:
-- the hash stays in the lake, and no table may hold it.
{{ stage_person_keys('held') }}
