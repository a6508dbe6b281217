-- Grain: finding and attempt that is our own fault.
-- Steps: findings of a rule on the nights on which it was wrong, as told by the night, for the county or for all; told
-- twice, the first word holds.
select
    occurrences.finding_id,
    occurrences.attempt_id,
    min(faults.told_on) as told_on
from {{ ref('int_finding_occurrences') }} as occurrences
inner join {{ ref('our_faults') }} as faults
    on
        occurrences.rule = faults.rule
        and occurrences.rule_version = coalesce(faults.rule_version, occurrences.rule_version)
        and occurrences.county_id = coalesce(faults.county_id, occurrences.county_id)
        and {{ holds_on('occurrences.night', 'faults.first_night', 'faults.last_night') }}
where faults.told_on <= {{ night() }}
group by occurrences.finding_id, occurrences.attempt_id
