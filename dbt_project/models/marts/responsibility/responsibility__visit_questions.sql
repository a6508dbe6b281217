-- Grain: question about visits: question and question_key (the household, or the member of staff and the day).
-- Steps: 1. households in need whose visit is due for longer than the frequency in force where they live: overdue, or
-- never seen; not of a held household, whose visits may be among the rows that wait; 2. days on which one person was at
-- home with more households, or in more townships, than the standards in force call usual. They are questions for a
-- human, and no verdicts.
with

days_out as (
    select
        {{ referred_key('staff_keys', 'staff_key', 'visits', 'staff_id') }} as staff_key,
        visits.visited_on,
        min(households.county_code) as county_code,
        count(distinct visits.household_key) as households,
        count(distinct households.township_code) as townships
    from {{ ref('int_visits') }} as visits
    inner join {{ ref('int_households') }} as households
        on visits.household_key = households.household_key and households.cut_id = 'night'
    left join {{ ref('int_staff_keys') }} as staff_keys
        on visits.county_id = staff_keys.county_id and visits.staff_id = staff_keys.staff_id
    where
        visits.visit_kind = '1'
        and visits.visited_on <= {{ night() }}
        and {{ days_between('visits.visited_on', night()) }} <= {{ national_standard('visits_looked_back_days') }}
    group by {{ referred_key('staff_keys', 'staff_key', 'visits', 'staff_id') }}, visits.visited_on
),

hard_to_believe as (
    select * from days_out
    where households > {{ national_standard('visits_one_day_max') }}
    union
    select * from days_out
    where townships > {{ national_standard('visits_one_day_townships_max') }}
)

select
    case when last_visit_on is null then 'never_visited' else 'visit_overdue' end as question,
    household_key as question_key,
    county_code,
    household_key,
    helper_staff_key as staff_key,
    last_visit_on as visited_on,
    cast({{ days_between('last_visit_on', night()) }} as integer) as days,
    cast(limit_days as integer) as limit_days,
    1 as households,
    cast(null as integer) as townships
from {{ ref('int_visits_due') }}
where not held
union all
select
    'visits_to_confirm' as question,
    staff_key || ' ' || visited_on as question_key,
    county_code,
    cast(null as varchar) as household_key,
    staff_key,
    visited_on,
    cast({{ days_between('visited_on', night()) }} as integer) as days,
    cast(null as integer) as limit_days,
    cast(households as integer) as households,
    cast(townships as integer) as townships
from hard_to_believe
