-- Grain: one row of applications in force on the night.
-- Steps: the last version of each key in the order of as_of, known_at, number, file, row; a close ends it.
{{ in_force_tonight('applications', ref('int_application_versions')) }}
