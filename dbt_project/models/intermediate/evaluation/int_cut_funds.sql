-- Grain: cut and project's money in force at it.
-- Steps: of each key the last accepted row that spoke of the cut's day or earlier, known by then; a close ends it.
{{ in_force_at_cuts('funds', ref('stg_accepted__funds'), ref('int_cuts')) }}
