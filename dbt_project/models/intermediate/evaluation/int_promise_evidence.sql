-- Grain: cut, measured quantity and promise: a task with a day, or a quarter's promise of a pairing by indicator.
-- Steps: 1. tasks due in the year before the cut, done by their day or not; 2. promises of the year's quarters, each
-- counted as one, kept in part by what both sides report: the smaller figure holds, and one side alone is marked.
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

helpers as (
    select
        pairing_id,
        max(helper_place_code) as helper_place_code
    from (
        select
            pairing_id,
            helper_place_code
        from {{ ref('pairings') }}
        union all
        select
            pairing_id,
            helper_place_code
        from {{ ref('int_pairings') }}
    ) as told
    group by pairing_id
),

promises as (
    select
        deliveries.cut_id,
        'pairing_' || deliveries.indicator as measured,
        deliveries.pairing_id || '-' || strftime(deliveries.quarter_start, '%Y-%m-%d') as evidence_key,
        deliveries.pairing_id,
        max(deliveries.promised) as promised,
        min(coalesce(deliveries.delivered, 0)) as delivered,
        count(distinct deliveries.reporting_side) as sides,
        max(deliveries.attempt_id) as attempt_id
    from {{ ref('int_cut_pairing_deliveries') }} as deliveries
    inner join {{ ref('int_cuts') }} as cuts
        on deliveries.cut_id = cuts.cut_id
    where
        deliveries.quarter_start > cuts.state_on - interval 15 month
        and deliveries.quarter_start <= cuts.state_on - interval 3 month
        and deliveries.promised > 0
    group by deliveries.cut_id, deliveries.indicator, deliveries.pairing_id, deliveries.quarter_start
)

select * from tasks
union all
select
    promises.cut_id,
    promises.measured,
    promises.evidence_key,
    helpers.helper_place_code as place_code,
    cast(round(least(1.0, cast(promises.delivered as double) / promises.promised), 4) as decimal(28, 4)) as numerator,
    cast(1 as decimal(28, 4)) as denominator,
    case when promises.sides < 2 then 'one side alone reported' end as missing,
    promises.attempt_id
from promises
inner join helpers
    on promises.pairing_id = helpers.pairing_id
