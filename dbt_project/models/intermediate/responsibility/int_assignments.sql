-- Grain: one row of assignments in force on the night.
-- Steps: the last version of each key in the order of as_of, known_at, number, file, row; a close ends it.
{{ in_force_tonight('assignments', ref('int_assignment_versions')) }}
