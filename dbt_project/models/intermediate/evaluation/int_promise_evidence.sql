-- Grain: cut, measured quantity and promise: a task with a day, or a quarter's promise of a pairing by indicator.
-- Steps: 1. tasks due in the year before the cut, done by their day or not; 2. promises of the year's quarters as each
-- side's own province told them, by the rule of macros/promises.sql; each counts as one, kept in part, and one side
-- alone is marked.
{% set promise = ['cut_id', 'pairing_id', 'quarter_start', 'indicator', 'helper_place_code'] %}
with

tasks as (
    select
        tasks.cut_id,
        'tasks_in_time' as measured,
        tasks.county_id || '-' || tasks.task_id as evidence_key,
        tasks.place_code,
        cast(case when tasks.done_on <= tasks.due_on then 1 else 0 end as decimal(28, 4)) as numerator,
        cast(1 as decimal(28, 4)) as denominator,
        case when tasks.done_on is null then 'no day on which it was done' end as missing,
        tasks.attempt_id
    from {{ ref('int_cut_tasks') }} as tasks
    inner join {{ ref('int_cuts') }} as cuts
        on tasks.cut_id = cuts.cut_id
    where tasks.due_on > cuts.state_on - interval 1 year and tasks.due_on <= cuts.state_on
),

of_their_sides as (
    select
        deliveries.*,
        places.helper_place_code
    from {{ ref('int_cut_pairing_deliveries') }} as deliveries
    inner join {{ ref('int_pairing_places') }} as places
        on deliveries.pairing_id = places.pairing_id
    inner join {{ ref('int_cuts') }} as cuts
        on deliveries.cut_id = cuts.cut_id
    where
        deliveries.quarter_start > cuts.state_on - interval 15 month
        and deliveries.quarter_start <= cuts.state_on - interval 3 month
        and {{ told_by_its_side('deliveries', 'places') | indent(8) }}
),

promises as (
    {{ both_sides('of_their_sides', promise, 'true') | indent(4) }}
)

select * from tasks
union all
select
    cut_id,
    'pairing_' || indicator as measured,
    pairing_id || '-' || strftime(quarter_start, '%Y-%m-%d') as evidence_key,
    helper_place_code as place_code,
    cast(round(least(1.0, cast(delivered as double) / promised), 4) as decimal(28, 4)) as numerator,
    cast(1 as decimal(28, 4)) as denominator,
    case
        when delivered_by_helper is null or delivered_by_helped is null then 'one side alone reported'
    end as missing,
    attempt_id
from promises
where promised > 0
