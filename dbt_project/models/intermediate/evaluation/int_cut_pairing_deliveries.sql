-- Grain: cut and reported delivery of a pairing in force at it.
-- Steps: of each key the last accepted row that spoke of the cut's day or earlier, known by then; a close ends it.
{{ in_force_at_cuts('pairing_deliveries', ref('stg_accepted__pairing_deliveries'), ref('int_cuts')) }}
