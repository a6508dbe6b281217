-- Every household with an accepted version in force, and every provisional one, is in the mart, and nothing else is.
with

expected as (
    select household_key from {{ ref('int_accepted_households') }}
    where cut_id = 'night'
    union all
    select household_key from {{ ref('int_provisional_households') }}
    where cut_id = 'night'
)

select
    expected.household_key as expected_key,
    households.household_key as mart_key
from expected
full outer join {{ ref('household__households') }} as households
    on expected.household_key = households.household_key
where expected.household_key is null or households.household_key is null
