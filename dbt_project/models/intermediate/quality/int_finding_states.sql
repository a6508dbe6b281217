-- Grain: one finding, the same across nights, as it stands tonight.
-- Steps: 1. where it was seen last, in a package that its office has not taken back if there is one; 2. the spell in
-- which it stands or stood last; 3. cleared with the spell; new on its first night, standing when it was there before.
-- A row without a key is known by file and row alone, and is never standing. Explained when its office has said why it
-- is true and the value is still the same; ours when the fault is our own, which asks nothing of anybody. 4. closed
-- from the night on which it was cleared or explained, whichever came first, and from its first night when it is ours.
with

ranked as (
    select
        occurrences.*,
        row_number() over (
            partition by occurrences.finding_id
            order by
                case when withdrawals.attempt_id is null then 0 else 1 end,
                occurrences.number desc,
                occurrences.attempt_id desc
        ) as recency
    from {{ ref('int_finding_occurrences') }} as occurrences
    left join {{ ref('stg_ledger__withdrawals') }} as withdrawals
        on occurrences.attempt_id = withdrawals.attempt_id
),

judged as (
    select
        ranked.*,
        spells.first_night,
        spells.last_night,
        spells.cleared_night,
        explained.explained_night,
        case
            when spells.cleared_night is not null then 'cleared'
            when ours.finding_id is not null then 'ours'
            when explained.finding_id is not null then 'explained'
            when spells.first_night < {{ night() }} and ranked.row_key is not null then 'standing'
            else 'new'
        end as state,
        case
            when ours.finding_id is not null then spells.first_night
            when explained.finding_id is not null
                then least(spells.cleared_night, greatest(explained.explained_night, spells.first_night))
            else spells.cleared_night
        end as closed_night
    from ranked
    inner join {{ ref('int_finding_spells') }} as spells
        on ranked.finding_id = spells.finding_id and spells.is_latest
    left join {{ ref('int_findings_explained') }} as explained
        on ranked.finding_id = explained.finding_id and ranked.attempt_id = explained.attempt_id
    left join {{ ref('int_findings_of_ours') }} as ours
        on ranked.finding_id = ours.finding_id and ranked.attempt_id = ours.attempt_id
    where ranked.recency = 1
)

select
    finding_id,
    state,
    closed_night is null as is_open,
    first_night,
    last_night,
    cleared_night,
    explained_night,
    closed_night,
    rule,
    rule_version,
    severity,
    trial,
    submitter,
    county_id,
    attempt_id,
    dataset,
    file,
    row,
    household_key,
    row_key,
    "column",
    value_class,
    detail,
    occurrences
from judged
