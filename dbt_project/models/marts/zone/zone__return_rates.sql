-- Grain: area and month in which exits were decided: an exit cohort.
-- Steps: 1. exits carried out, in every area of their place but townships; 2. of each month's, how many came back
-- within the window in force, and how many at all; 3. a rate only when the window of the whole month is over: before,
-- fewer came back than will.
with

cohorts as (
    select
        areas.area_kind,
        areas.area_code,
        cast(date_trunc('month', exits.exited_on) as date) as exit_month,
        exits.exited_on,
        exits.returned_on,
        {{ national_standard('return_rate_window_months') }} as window_months
    from {{ ref('int_exits') }} as exits
    inner join {{ ref('int_place_areas') }} as areas
        on exits.place_code = areas.place_code and areas.cut_id = 'night'
    where areas.area_kind <> 'township'
),

counted as (
    select
        area_kind,
        area_code,
        exit_month,
        window_months,
        count(*) as exited,
        count(*) filter (
            where returned_on <= {{ months_after('exited_on', 'window_months') }}
        ) as returned_within_window,
        count(returned_on) as returned,
        {{ months_after('last_day(exit_month)', 'window_months') }} as window_ends_on
    from cohorts
    group by area_kind, area_code, exit_month, window_months
)

select
    area_kind,
    area_code,
    exit_month,
    cast(window_months as integer) as window_months,
    window_ends_on,
    exited,
    returned_within_window,
    returned,
    case
        when window_ends_on < {{ night() }} then {{ share('returned_within_window', 'exited') }}
    end as return_rate
from counted
