-- Grain: a time that a place or a household was without anybody, between two holders: level, gap_key, until_date.
-- Steps: 1. terms that lead a place, and assignments of households; 2. the last day that any earlier one reached; 3.
-- the next began later than the standards in force allow, within the time that is looked back on.
with

terms as (
    select
        level,
        level_place_code as gap_key,
        staff_key,
        from_date,
        to_date
    from {{ ref('int_duty_terms') }}
    union all
    select
        'household' as level,
        household_key as gap_key,
        staff_id as staff_key,
        from_date,
        to_date
    from {{ ref('int_assignments') }}
    where from_date <= {{ night() }}
),

reached as (
    select
        level,
        gap_key,
        from_date,
        max(coalesce(to_date, {{ night() }})) over (
            partition by level, gap_key
            order by from_date, to_date nulls last, staff_key
            rows between unbounded preceding and 1 preceding
        ) as held_until
    from terms
)

select
    level,
    gap_key,
    held_until,
    from_date as until_date,
    max({{ days_between('held_until', 'from_date') }} - 1) as days
from reached
where
    {{ days_between('held_until', 'from_date') }} - 1 > {{ national_standard('hand_over_max_days') }}
    and {{ days_between('from_date', night()) }} <= {{ national_standard('hand_over_looked_back_days') }}
group by level, gap_key, held_until, from_date
