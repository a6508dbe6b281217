-- Grain: step, a pair of cuts between which one thing alone differs.
-- Steps: 1. each month with the cut that is kept of it and the one that knows what is known tonight (the restated one;
-- the kept one itself where nothing could be learnt since); 2. a step of news: the same day, as it was known when it
-- was cut and as it is known tonight; 3. a step of the month: from the last day of the month before to that of this
-- one, both as known tonight.
with

months as (
    select
        kept.month,
        kept.cut_id as kept_cut_id,
        coalesce(restated.cut_id, kept.cut_id) as known_tonight_cut_id
    from {{ ref('int_cuts') }} as kept
    left join {{ ref('int_cuts') }} as restated
        on kept.month = restated.month and restated.vintage = 'restated'
    where kept.vintage in ('cut', 'running')
),

pairs as (
    select
        'news-' || strftime(month, '%Y-%m') as step_id,
        'news' as step,
        month,
        kept_cut_id as before_cut_id,
        known_tonight_cut_id as after_cut_id
    from months
    where kept_cut_id <> known_tonight_cut_id
    union all
    select
        'month-' || strftime(months.month, '%Y-%m') as step_id,
        'month' as step,
        months.month,
        earlier.known_tonight_cut_id as before_cut_id,
        months.known_tonight_cut_id as after_cut_id
    from months
    inner join months as earlier
        on months.month - interval 1 month = earlier.month
)

select
    pairs.step_id,
    pairs.step,
    pairs.month,
    pairs.before_cut_id,
    pairs.after_cut_id,
    before.state_on as before_state_on,
    before.known_by as before_known_by,
    after.state_on as after_state_on,
    after.known_by as after_known_by
from pairs
inner join {{ ref('int_cuts') }} as before
    on pairs.before_cut_id = before.cut_id
inner join {{ ref('int_cuts') }} as after
    on pairs.after_cut_id = after.cut_id
