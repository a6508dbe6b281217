-- Grain: one finding and the attempt in which it was seen.
-- Steps: 1. rows up to the night; 2. without those that were taken back since (a row without an attempt says so);
-- 3. once each, with the night that first says so.
with

up_to_the_night as (
    select
        night,
        finding_id,
        attempt_id,
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
)

select
    up_to_the_night.finding_id,
    up_to_the_night.attempt_id,
    min(up_to_the_night.night) as night,
    min(up_to_the_night.explained_night) as explained_night,
    min(up_to_the_night.explained_by) as explained_by
from up_to_the_night
left join taken_back
    on up_to_the_night.finding_id = taken_back.finding_id
where
    up_to_the_night.attempt_id is not null
    and up_to_the_night.explained_night >= coalesce(taken_back.night, up_to_the_night.explained_night)
group by up_to_the_night.finding_id, up_to_the_night.attempt_id
