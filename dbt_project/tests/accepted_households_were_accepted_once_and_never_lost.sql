-- Nobody is lost: a household with an accepted row is in the mart, unless the last that is known of it is a close and
-- an office decided its end after it was last taken in; an exit, not before it was told to have returned or to be at
-- risk.
with

told as (
    select * from {{ ref('stg_accepted__households') }}
    where as_of <= {{ night() }} and known_at <= {{ known_at() }}
),

last_rows as (
    select
        household_key,
        operation
    from told
    qualify row_number() over (
        partition by county_id, household_key
        order by as_of desc, known_at desc, number desc, file desc, row desc
    ) = 1
),

last_told_in_need as (
    select
        household_key,
        as_of
    from (
        select * from told
        where operation <> 'close'
        qualify row_number() over (
            partition by county_id, household_key
            order by as_of desc, known_at desc, number desc, file desc, row desc
        ) = 1
    ) as last_told
    where exit_flag = '3' or ({{ risk_stands('last_told') }})
),

decisions as (
    select * from {{ ref('int_cut_decisions') }}
    where cut_id = 'night'
),

endings as (
    select
        decisions.household_key,
        decisions.decided_on
    from decisions
    left join last_told_in_need
        on decisions.household_key = last_told_in_need.household_key
    where
        decisions.act in ({{ quoted(ending_acts(for_good=true)) }})
        or (
            decisions.act = 'exit'
            and (last_told_in_need.household_key is null or decisions.decided_on >= last_told_in_need.as_of)
        )
),

endings_in_force as (
    select endings.household_key
    from endings
    where not exists (
        select 1
        from decisions as takings
        where
            takings.household_key = endings.household_key
            and takings.act in ({{ quoted(taking_in_acts()) }})
            and takings.decided_on > endings.decided_on
    )
)

select last_rows.household_key
from last_rows
left join {{ ref('household__households') }} as households
    on last_rows.household_key = households.household_key
left join endings_in_force
    on last_rows.household_key = endings_in_force.household_key
where
    households.household_key is null
    and (last_rows.operation <> 'close' or endings_in_force.household_key is null)
