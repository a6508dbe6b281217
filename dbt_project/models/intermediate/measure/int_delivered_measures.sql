-- Grain: measure delivered to a household by the night, whether or not the household is still in the marts.
-- Steps: 1. of households in the marts what their offers call delivered, where they live; 2. of households that left
-- the measures in force that were delivered, where they were last told to live. What was given and paid stays given
-- and paid: who asks what money reached, or who ever had a measure, asks here; int_household_offers is of today's
-- households alone.
{% set columns = ['county_id', 'measure_id', 'household_key', 'person_no', 'measure_code', 'project_id', 'delivered_on',
    'amount'] %}
with

-- All versions of a measure that was ever of a household that left: the last one may name another household.
measures_of_gone as (
    select distinct
        versions.county_id,
        versions.measure_id
    from {{ ref('int_measure_versions') }} as versions
    inner join {{ ref('int_last_villages') }} as last_villages
        on versions.household_key = last_villages.household_key
),

versions_of_gone as (
    select versions.*
    from {{ ref('int_measure_versions') }} as versions
    inner join measures_of_gone
        on versions.county_id = measures_of_gone.county_id and versions.measure_id = measures_of_gone.measure_id
),

in_force as (
    {{ in_force_at_cuts('measures', 'versions_of_gone', ref('int_cuts')) | indent(4) }}
)

select
    {% for column in columns %}offers.{{ column }},
    {% endfor %}households.place_code
from {{ ref('int_household_offers') }} as offers
inner join {{ ref('int_households') }} as households
    on offers.household_key = households.household_key and households.cut_id = 'night'
where offers.standing = 'delivered'
union all
select
    {% for column in columns %}in_force.{{ column }},
    {% endfor %}last_villages.village_code as place_code
from in_force
inner join {{ ref('int_last_villages') }} as last_villages
    on in_force.household_key = last_villages.household_key
where in_force.cut_id = 'night' and {{ measure_standing('in_force') }} = 'delivered'
