-- Grain: finding and spell in which it cost points and was due to be mended by the night.
-- Steps: 1. the spell's first night, and the day it is due by the formula of that night; found again after it was
-- mended, it is due again; 2. mended in time when it was cleared by then, as it was told that day: what comes after the
-- day it is due changes nothing any more; 3. the night from which it costs nothing: it is our own fault, or its office
-- has taken every package back that showed it in the spell.
with

first_seen as (
    select
        scored.finding_id,
        spells.spell,
        spells.cleared_night,
        max(scored.county_id) as county_id,
        min(scored.night) as first_night,
        least(
            max(scored.ours_from),
            case when count(scored.withdrawn_from) = count(*) then max(scored.withdrawn_from) end
        ) as excused_from
    from {{ ref('int_findings_scored') }} as scored
    inner join {{ ref('int_finding_spells_told') }} as spells
        on
            scored.finding_id = spells.finding_id
            and scored.night >= spells.first_night
            and scored.night <= spells.last_night
    group by scored.finding_id, spells.spell, spells.cleared_night
),

due as (
    select
        first_seen.*,
        first_seen.first_night + indicators.within_days as due_night
    from first_seen
    inner join {{ ref('county_score_indicators') }} as indicators
        on
            indicators.measured = 'mended_in_time'
            and {{ holds_on('first_seen.first_night', 'indicators.valid_from', 'indicators.valid_to') }}
)

select
    finding_id,
    spell,
    county_id,
    first_night,
    due_night,
    excused_from,
    coalesce(cleared_night <= due_night, false) as mended_in_time
from due
where due_night <= {{ night() }}
