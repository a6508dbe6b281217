-- Grain: cut and sampled household in force at it.
-- Steps: of each key the last accepted row that spoke of the cut's day or earlier, known by then; a close ends it.
{{ in_force_at_cuts('samples', ref('stg_accepted__samples'), ref('int_cuts')) }}
