-- Grain: open cut and application in force at it.
-- Steps: 1. among the versions visible at the cut the last in order, so that one that was answered later was pending
-- then; 2. those made by the cut's day.
with

in_force as (
    {{ in_force_at_cuts('applications', ref('int_application_versions'), ref('int_open_cuts')) | indent(4) }}
)

select
    in_force.cut_id,
    in_force.county_id,
    in_force.application_id,
    in_force.household_key,
    in_force.status,
    in_force.applied_on
from in_force
inner join {{ ref('int_open_cuts') }} as cuts
    on in_force.cut_id = cuts.cut_id and in_force.applied_on <= cuts.state_on
