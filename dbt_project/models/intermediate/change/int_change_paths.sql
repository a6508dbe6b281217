-- Grain: cut, what its figures are compared with (as_cut, month_before), and step of the way between the two.
-- Steps: 1. a restated month and the same month as it was cut: the news since; 2. a restated month and the restated one
-- before: the month; 3. a kept month and the kept one before: the news of the month before, the month, and the news of
-- this month taken back (sign -1), since its cut does not know them. Each way begins and ends at the two cuts compared,
-- so that what its steps explain adds up to the difference.
with

months as (
    select
        kept.month,
        kept.cut_id as kept_cut_id,
        earlier.cut_id as earlier_cut_id
    from {{ ref('int_cuts') }} as kept
    left join {{ ref('int_cuts') }} as earlier
        on kept.month - interval 1 month = earlier.month and earlier.vintage in ('cut', 'running')
    where kept.vintage in ('cut', 'running')
),

news as (
    select * from {{ ref('int_change_steps') }}
    where step = 'news'
),

of_months as (
    select * from {{ ref('int_change_steps') }}
    where step = 'month'
)

select
    after_cut_id as cut_id,
    'as_cut' as compared_with,
    before_cut_id as compared_cut_id,
    step_id,
    1 as sign
from news
union all
select
    of_months.after_cut_id as cut_id,
    'month_before' as compared_with,
    of_months.before_cut_id as compared_cut_id,
    of_months.step_id,
    1 as sign
from of_months
inner join news
    on of_months.after_cut_id = news.after_cut_id
union all
select
    months.kept_cut_id as cut_id,
    'month_before' as compared_with,
    months.earlier_cut_id as compared_cut_id,
    of_months.step_id,
    1 as sign
from months
inner join of_months
    on months.month = of_months.month
union all
select
    months.kept_cut_id as cut_id,
    'month_before' as compared_with,
    months.earlier_cut_id as compared_cut_id,
    news.step_id,
    1 as sign
from months
inner join news
    on months.earlier_cut_id = news.before_cut_id
union all
select
    months.kept_cut_id as cut_id,
    'month_before' as compared_with,
    months.earlier_cut_id as compared_cut_id,
    news.step_id,
    -1 as sign
from months
inner join news
    on months.kept_cut_id = news.before_cut_id
where months.earlier_cut_id is not null
