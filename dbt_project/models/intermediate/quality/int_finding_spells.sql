-- Grain: finding and spell in which it stands or stood without a break, as known tonight.
-- Steps: 1. what showed it and what could have shown it, without packages that their office took back: they showed and
-- mended nothing; 2. of a finding that nothing else showed all events, and as the last one that it was taken back,
-- which clears it; 3. each spell with its first and last night and the one on which it was cleared.
with

shown as (
    select
        finding_id,
        bool_or(withdrawn_night is null) as stands,
        max(withdrawn_night) as withdrawn_night
    from {{ ref('int_finding_events') }}
    where is_found
    group by finding_id
),

kept as (
    select
        events.finding_id,
        events.night,
        events.number,
        events.is_found
    from {{ ref('int_finding_events') }} as events
    inner join shown
        on events.finding_id = shown.finding_id
    where events.withdrawn_night is null or not shown.stands
    union all
    select
        finding_id,
        withdrawn_night as night,
        2147483647 as number,  -- after every package of the night
        false as is_found
    from shown
    where not stands
),

{{ finding_spells('kept') }}
