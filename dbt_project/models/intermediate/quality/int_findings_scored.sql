-- Grain: finding and row of an attempt that costs its county points.
-- Steps: 1. findings of the door and of the rules that stand in a row; 2. those that cannot be true as sent, by the
-- dated list, without rules on trial; 3. with the night from which it is known to be our own fault, if it is, and the
-- one from which its office has taken the attempt back, if it has: from then on it costs nothing.
with

together as (
    select * from {{ ref('stg_ledger__findings_receive') }}
    union all
    select * from {{ ref('stg_ledger__findings_check') }}
)

select
    together.finding_id,
    together.county_id,
    together.attempt_id,
    together.night,
    together.dataset,
    together.file,
    together.row,
    scored.dimension,
    ours.told_on as ours_from,
    withdrawals.night as withdrawn_from
from together
inner join {{ ref('county_score_findings') }} as scored
    on
        together.value_class = scored.value_class
        and together.severity = scored.severity
        and {{ holds_on('together.night', 'scored.valid_from', 'scored.valid_to') }}
left join {{ ref('int_findings_of_ours') }} as ours
    on together.finding_id = ours.finding_id and together.attempt_id = ours.attempt_id
left join {{ ref('stg_ledger__withdrawals') }} as withdrawals
    on together.attempt_id = withdrawals.attempt_id
where not together.trial and together.row is not null
