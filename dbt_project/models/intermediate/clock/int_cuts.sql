-- Grain: one cut, a pair of a state's date and the time by which it was known.
-- Steps: 1. the night itself; 2. for each month that has ended since the first attempt, its last night as known by
-- the fifth day after (running until then, cut from then on); how many days after is the standard of the month's last
-- day as it was known on it, so that no later one moves a cut; 3. beside a cut month, the same date as known tonight
-- (restated); 4. the day that a recomputation asks for, as known tonight; a night asks for none.
with

tonight as (
    select {{ night() }} as night, {{ known_at() }} as known_at
),

first_attempt as (
    select coalesce(min(night), {{ night() }}) as night
    from {{ ref('stg_ledger__attempts') }}
),

months as (
    select
        tonight.night,
        tonight.known_at,
        last_day(spine.month_start) as month_end,
        last_day(spine.month_start) + cast(cut_days.value as integer) as cut_on,
        tonight.known_at - cast(tonight.night as timestamp) as time_of_day
    from tonight
    cross join {{ months_between('(select first_attempt.night from first_attempt)', night()) }} as spine
    left join {{ ref('int_standard_versions') }} as cut_days
        on
            cut_days.subject = 'month_cut_days'
            and cut_days.jurisdiction = 'CN'
            and {{ in_force_at('cut_days', 'last_day(spine.month_start)', 'last_day(spine.month_start)') }}
    where last_day(spine.month_start) < tonight.night
)

select
    'night' as cut_id,
    'running' as vintage,
    cast(date_trunc('month', night) as date) as month,
    night as state_on,
    known_at as known_by
from tonight
union all
select
    'month-' || strftime(month_end, '%Y-%m') as cut_id,
    case when cut_on <= night then 'cut' else 'running' end as vintage,
    cast(date_trunc('month', month_end) as date) as month,
    month_end as state_on,
    least(known_at, cast(cut_on as timestamp) + time_of_day) as known_by
from months
union all
select
    'restated-' || strftime(month_end, '%Y-%m') as cut_id,
    'restated' as vintage,
    cast(date_trunc('month', month_end) as date) as month,
    month_end as state_on,
    known_at as known_by
from months
where cut_on < night
union all
select
    'asked' as cut_id,
    'asked' as vintage,
    cast(date_trunc('month', {{ asked_day() }}) as date) as month,
    {{ asked_day() }} as state_on,
    known_at as known_by
from tonight
where {{ asked_day() }} is not null
