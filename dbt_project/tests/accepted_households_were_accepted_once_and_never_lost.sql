-- Versions lose nobody: a household with an accepted row is in the mart, unless its last row is a close that was
-- decided.
with

reported as (
    select
        household_key,
        max(as_of) as as_of
    from {{ ref('stg_accepted__households') }}
    where operation <> 'close'
    group by household_key
),

closed as (
    select household_key
    from {{ ref('stg_accepted__households') }}
    where operation = 'close'
)

select reported.household_key
from reported
left join {{ ref('household__households') }} as households
    on reported.household_key = households.household_key
where
    households.household_key is null
    and reported.as_of <= {{ night() }}
    and reported.household_key not in (select household_key from closed)
