-- Nobody is lost: a household with an accepted row is in the mart, unless the last that is known of it is a close and
-- an office decided its end after it was last taken in.
with

last_rows as (
    select
        household_key,
        operation
    from {{ ref('stg_accepted__households') }}
    where as_of <= {{ night() }} and known_at <= {{ known_at() }}
    qualify row_number() over (
        partition by county_id, household_key
        order by as_of desc, known_at desc, number desc, file desc, row desc
    ) = 1
),

decisions as (
    select * from {{ ref('int_cut_decisions') }}
    where cut_id = 'night'
),

endings as (
    select
        household_key,
        decided_on
    from decisions
    where act in ('exit', 'remove', 'stop')
),

endings_in_force as (
    select endings.household_key
    from endings
    where not exists (
        select 1
        from decisions as takings
        where
            takings.household_key = endings.household_key
            and takings.act in ('register', 'return')
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
