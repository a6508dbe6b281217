-- Grain: finding and attempt.
-- Steps: 1. findings of the door and of the rules together; 2. should one finding stand on several rows of an
-- attempt, the first row stands for it and the rest are counted.
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
    "column",
    value_class,
    detail,
    occurrences
from numbered
where position = 1
