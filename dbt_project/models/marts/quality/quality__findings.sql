-- Grain: one finding, the same across nights.
-- Steps: 1. where it was seen last, and on which nights first and last; 2. new on its first night, standing when it
-- was there before, cleared when a later attempt could have shown it and did not. A row without a key is known by
-- file and row alone, and is never standing. 3. explained when its office has said why it is true and the value is
-- still the same; ours when the fault is our own, which asks nothing of anybody. 4. closed from the night on which it
-- was cleared or explained, whichever came first, and from its first night when it is ours; open while it is not
-- closed.
with

ranked as (
    select
        occurrences.*,
        row_number() over (partition by finding_id order by number desc, attempt_id desc) as recency,
        min(night) over (partition by finding_id) as first_night,
        max(night) over (partition by finding_id) as last_night
    from {{ ref('int_finding_occurrences') }} as occurrences
),

judged as (
    select
        ranked.*,
        clearances.cleared_night,
        explained.explained_night,
        case
            when clearances.finding_id is not null then 'cleared'
            when ours.finding_id is not null then 'ours'
            when explained.finding_id is not null then 'explained'
            when ranked.first_night < {{ night() }} and ranked.row_key is not null then 'standing'
            else 'new'
        end as state,
        case
            when ours.finding_id is not null then ranked.first_night
            else least(clearances.cleared_night, explained.explained_night)
        end as closed_night
    from ranked
    left join {{ ref('int_finding_clearances') }} as clearances
        on ranked.finding_id = clearances.finding_id
    left join {{ ref('stg_ledger__explained') }} as explained
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
    cast(occurrences as bigint) as occurrences
from judged
