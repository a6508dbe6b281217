-- Grain: finding and attempt.
-- Steps: 1. findings of the door and of the rules together; 2. should one finding stand on several rows of an
-- attempt, the first row stands for it and the rest are counted; 3. what it is about: a row that is known by its key,
-- also one that a full package no longer names; a household; a file, a row without key or a village in it; a package.
with

together as (
    select * from {{ ref('stg_ledger__findings_receive') }}
    union all
    select * from {{ ref('stg_ledger__findings_check') }}
),

numbered as (
    select
        together.*,
        attempts.number,
        row_number() over (
            partition by together.finding_id, together.attempt_id
            order by together.file, together.row, together.severity
        ) as position,
        count(*) over (partition by together.finding_id, together.attempt_id) as occurrences
    from together
    left join {{ ref('stg_ledger__attempts') }} as attempts
        on together.attempt_id = attempts.attempt_id
)

select
    finding_id,
    rule,
    rule_version,
    severity,
    trial,
    submitter,
    county_id,
    attempt_id,
    coalesce(number, 0) as number,
    night,
    dataset,
    file,
    row,
    household_key,
    row_key,
    case
        when row_key is not null and (row is not null or household_key is not null) then 'row'
        when household_key is not null then 'household'
        when dataset is not null then 'file'
        else 'package'
    end as about,
    "column",
    value_class,
    detail,
    occurrences
from numbered
where position = 1
