-- Grain: household, member, day spoken for and change.
-- Steps: 1. of each day reported, the version known last; 2. a change kind that differs from the one reported before;
-- 3. a relation that became head; 4. a close, which stands for the change only where no kind was given.
with

reported as (
    select
        versions.*,
        row_number() over (
            partition by household_key, person_no, as_of
            order by known_at desc, number desc, file desc, row desc
        ) as recency
    from {{ ref('int_person_versions') }} as versions
),

compared as (
    select
        reported.*,
        lag(as_of) over in_order as previous_as_of,
        lag(change_kind) over in_order as previous_change_kind,
        lag(relation) over in_order as previous_relation,
        lag(operation) over in_order as previous_operation
    from reported
    where recency = 1
    window in_order as (partition by household_key, person_no order by as_of)
)

select
    household_key,
    person_no,
    as_of,
    'change' as change,
    change_kind,
    changed_on,
    attempt_id,
    known_at
from compared
where change_kind is not null and change_kind is distinct from previous_change_kind
union all
select
    household_key,
    person_no,
    as_of,
    'new_head' as change,
    cast(null as varchar) as change_kind,
    cast(null as date) as changed_on,
    attempt_id,
    known_at
from compared
where relation = '01' and previous_relation <> '01' and operation <> 'close'
union all
select
    household_key,
    person_no,
    as_of,
    'closed' as change,
    cast(null as varchar) as change_kind,
    closed_on as changed_on,
    attempt_id,
    known_at
from compared
where operation = 'close' and previous_operation is distinct from 'close' and change_kind is null
