-- Grain: one row: the practice year.
-- Steps: 1. households that tell of each income year; 2. the newest income year whose next one is told of by enough of
-- all of them, so that no single household moves it, or the one that a recomputation asks for; 3. its days: an income
-- year runs from 1 October of the year before to 30 September.
with

told as (
    select
        income_year,
        count(*) as households
    from {{ ref('int_practice_outcomes') }}
    group by income_year
),

everybody as (
    select count(distinct household_key) as households
    from {{ ref('int_practice_outcomes') }}
),

chosen as (
    select {{ practice_year('max(told.income_year) - 1') }} as income_year
    from told
    inner join everybody
        on
            100 * told.households
            >= everybody.households * {{ national_standard('effect_next_year_min_percent') }}
)

select
    cast(income_year as integer) as income_year,
    make_date(income_year - 1, 10, 1) as first_day,
    make_date(income_year, 9, 30) as last_day,
    make_date(income_year + 1, 9, 30) as last_day_of_next
from chosen
where income_year is not null
