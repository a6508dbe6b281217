-- Grain: one row of designations in force on the night.
-- Steps: the last accepted row of each key in the order of as_of, known_at, number, file, row; a close ends it.
{{ in_force_tonight('designations') }}
