-- Grain: one finding and an attempt in which it was seen.
-- Steps: 1. rows up to the night; 2. without those that were taken back since (a row without an attempt says so);
-- 3. for every attempt that showed it with the same mark: when a later package is withdrawn, an earlier one stands
-- again; 4. once each, with the night that first says so.
with

up_to_the_night as (
    select
        night,
        finding_id,
        attempt_id,
        mark,
        explained_by,
        explained_night
    from {{ source('ledger', 'explained') }}
    where night <= {{ night() }}
),

taken_back as (
    select
        finding_id,
        max(night) as night
    from up_to_the_night
    where attempt_id is null
    group by finding_id
),

in_force as (
    select up_to_the_night.*
    from up_to_the_night
    left join taken_back
        on up_to_the_night.finding_id = taken_back.finding_id
    where
        up_to_the_night.attempt_id is not null
        and up_to_the_night.explained_night >= coalesce(taken_back.night, up_to_the_night.explained_night)
),

together as (
    select
        night,
        finding_id,
        attempt_id,
        explained_by,
        explained_night
    from in_force
    union all
    select
        in_force.night,
        in_force.finding_id,
        found.attempt_id,
        in_force.explained_by,
        in_force.explained_night
    from in_force
    inner join {{ source('ledger', 'findings_check') }} as found
        on in_force.finding_id = found.finding_id and in_force.mark = found.mark
    where found.night <= {{ night() }}
)

select
    finding_id,
    attempt_id,
    min(night) as night,
    min(explained_night) as explained_night,
    min(explained_by) as explained_by
from together
group by finding_id, attempt_id
