-- Holding never hides a household: one that is held and has anything to show is in the mart and says so. So does one of
-- which nothing but held rows was ever told, whatever came after them, unless a close came and an office decided its
-- end. (Rows may also be held for a household that was never sent: then there is nothing to show.)
with

told_held as (
    select distinct household_key
    from {{ ref('stg_held__households') }}
    where household_key is not null and coalesce(operation, 'upsert') <> 'close' and as_of <= {{ night() }}
),

told_accepted as (
    select distinct household_key
    from {{ ref('stg_accepted__households') }}
    where operation <> 'close'
),

closed as (
    select household_key from {{ ref('stg_accepted__households') }}
    where operation = 'close'
    union
    select household_key from {{ ref('stg_held__households') }}
    where operation = 'close'
),

ended as (
    select distinct closed.household_key
    from closed
    inner join {{ ref('int_cut_decisions') }} as decisions
        on
            closed.household_key = decisions.household_key
            and decisions.cut_id = 'night'
            and decisions.act in ({{ quoted(ending_acts()) }})
),

shown as (
    select household_key from {{ ref('int_accepted_households') }}
    where cut_id = 'night'
    union
    select told_held.household_key
    from told_held
    left join ended
        on told_held.household_key = ended.household_key
    where ended.household_key is null
),

held as (
    select household_key from {{ ref('int_household_holds') }}
    where cut_id = 'night'
    union
    select told_held.household_key
    from told_held
    left join told_accepted
        on told_held.household_key = told_accepted.household_key
    where told_accepted.household_key is null
)

select held.household_key
from held
inner join shown
    on held.household_key = shown.household_key
left join {{ ref('household__households') }} as households
    on held.household_key = households.household_key and households.held
where households.household_key is null
