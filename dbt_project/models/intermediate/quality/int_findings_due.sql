-- Grain: finding that costs points and was due to be mended by the night.
-- Steps: 1. its first night, and the day it is due by the formula of that night; 2. where it was seen last by then; 3.
-- mended in time when by then a later attempt could have shown it again and did not. What comes after the day it is
-- due changes nothing any more.
with

first_seen as (
    select
        finding_id,
        min(night) as first_night,
        max(ours_from) as ours_from
    from {{ ref('int_findings_scored') }}
    group by finding_id
),

due as (
    select
        first_seen.finding_id,
        first_seen.first_night,
        first_seen.ours_from,
        first_seen.first_night + indicators.within_days as due_night
    from first_seen
    inner join {{ ref('county_score_indicators') }} as indicators
        on
            indicators.measured = 'mended_in_time'
            and {{ holds_on('first_seen.first_night', 'indicators.valid_from', 'indicators.valid_to') }}
),

seen_by_then as (
    select
        due.finding_id,
        due.first_night,
        due.due_night,
        due.ours_from,
        max_by(occurrences.county_id, occurrences.number) as county_id,
        max_by(occurrences.dataset, occurrences.number) as dataset,
        max_by(occurrences.household_key, occurrences.number) as household_key,
        max(occurrences.number) as number
    from due
    inner join {{ ref('int_finding_occurrences') }} as occurrences
        on due.finding_id = occurrences.finding_id and due.due_night >= occurrences.night
    where due.due_night <= {{ night() }}
    group by due.finding_id, due.first_night, due.due_night, due.ours_from
),

later as (
    {{ later_attempts('seen_by_then') | indent(4) }}
),

mended as (
    select
        finding_id,
        min(night) as mended_night
    from later
    group by finding_id
)

select
    seen_by_then.finding_id,
    seen_by_then.county_id,
    seen_by_then.first_night,
    seen_by_then.due_night,
    seen_by_then.ours_from,
    coalesce(mended.mended_night <= seen_by_then.due_night, false) as mended_in_time
from seen_by_then
left join mended
    on seen_by_then.finding_id = mended.finding_id
