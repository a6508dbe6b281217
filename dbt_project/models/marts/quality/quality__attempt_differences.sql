-- Grain: attempt and dataset.
-- Steps: 1. what the judge counted, each row beside what the office had accepted of its key before; 2. the attempt that
-- this one follows: the last one before of the same office of which rows of the dataset were accepted, and whether this
-- one supersedes it.
with

counted as (
    select
        differences.*,
        attempts.number,
        differences.new_rows + differences.changed_rows + differences.unchanged_rows + differences.closed_rows
            as taken_rows
    from {{ ref('stg_ledger__attempt_differences') }} as differences
    inner join {{ ref('stg_ledger__attempts') }} as attempts
        on differences.attempt_id = attempts.attempt_id
),

followed as (
    select
        counted.*,
        max(case when counted.taken_rows > 0 then counted.number end) over (
            partition by counted.county_id, counted.dataset
            order by counted.number
            rows between unbounded preceding and 1 preceding
        ) as follows_number
    from counted
)

select
    followed.attempt_id,
    followed.submitter,
    followed.county_id,
    followed.night,
    followed.dataset,
    earlier.attempt_id as follows_attempt_id,
    coalesce(states.state = 'superseded', false) as supersedes,
    followed.new_rows,
    followed.changed_rows,
    followed.unchanged_rows,
    followed.closed_rows,
    followed.absent_rows,
    followed.held_rows,
    followed.rejected_rows
from followed
left join counted as earlier
    on
        followed.county_id = earlier.county_id
        and followed.dataset = earlier.dataset
        and followed.follows_number = earlier.number
left join {{ ref('stg_ledger__attempt_states') }} as states
    on earlier.attempt_id = states.attempt_id
