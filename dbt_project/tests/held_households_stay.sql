-- Holding never hides a household: one that is held and has anything to show is in the mart and says so. (Rows may
-- also be held for a household that was never sent or is closed: then there is nothing to show.)
with

shown as (
    select household_key from {{ ref('int_accepted_households') }}
    where cut_id = 'night'
    union
    select rows_held.household_key
    from {{ ref('stg_held__households') }} as rows_held
    where coalesce(rows_held.operation, 'upsert') <> 'close'
)

select held.household_key
from {{ ref('int_household_holds') }} as held
inner join shown
    on held.household_key = shown.household_key and held.cut_id = 'night'
left join {{ ref('household__households') }} as households
    on held.household_key = households.household_key and households.held
where households.household_key is null
