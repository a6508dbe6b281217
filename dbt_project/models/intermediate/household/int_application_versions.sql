-- Grain: one version of an application: key, as_of, known_at.
-- Steps: accepted rows in the order of as_of, known_at, number, file, row; a row is left out if and only if the row
-- before it has equal business columns and was known no later (macros/versions.sql says why this loses no past
-- state).
{{ versions_of('applications', ref('stg_accepted__applications')) }}
