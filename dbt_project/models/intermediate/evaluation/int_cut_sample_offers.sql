-- Grain: cut and sampled household that had been offered a measure.
-- Steps: 1. the versions of measures of households that were ever sampled; 2. those in force at the cut; 3. offered by
-- its day, whatever the household answered: a refusal is an offer made.
with

of_sampled as (
    select versions.*
    from {{ ref('int_measure_versions') }} as versions
    where versions.household_key in (
        select samples.household_key from {{ ref('int_cut_samples') }} as samples
    )
),

in_force as (
    {{ in_force_at_cuts('measures', 'of_sampled', ref('int_cuts')) | indent(4) }}
)

select
    in_force.cut_id,
    in_force.household_key,
    min(in_force.offered_on) as first_offered_on
from in_force
inner join {{ ref('int_cuts') }} as cuts
    on in_force.cut_id = cuts.cut_id and in_force.offered_on <= cuts.state_on
group by in_force.cut_id, in_force.household_key
