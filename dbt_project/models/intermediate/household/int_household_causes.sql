-- Grain: open cut, household and cause.
-- Steps: 1. the one main cause; 2. the other causes from their comma list, without the main one repeated; 3. labels.
with

main as (
    select
        cut_id,
        household_key,
        main_cause as cause,
        true as is_main
    from {{ ref('int_households') }}
    where main_cause is not null
),

listed as (
    select
        cut_id,
        household_key,
        main_cause,
        {{ explode_list('other_causes') }} as cause
    from {{ ref('int_households') }}
    where other_causes is not null
),

other as (
    select distinct
        cut_id,
        household_key,
        trim(cause) as cause,
        false as is_main
    from listed
    where trim(cause) <> '' and trim(cause) is distinct from main_cause
)

select
    cut_id,
    household_key,
    cause,
    is_main
from main
union all
select
    cut_id,
    household_key,
    cause,
    is_main
from other
