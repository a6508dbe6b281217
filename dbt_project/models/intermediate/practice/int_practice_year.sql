-- Grain: one row: the practice year.
-- Steps: 1. households that tell of each income year; 2. the years whose next one is told of by enough of as many, so
-- that no single household moves the practice year; 3. the newest of these, or the one that a recomputation asks for;
-- 4. its days: an income year runs from 1 October of the year before to 30 September.
with

told as (
    select
        income_year,
        count(*) as households
    from {{ ref('int_practice_outcomes') }}
    group by income_year
),

judged as (
    select
        told.income_year,
        100 * next_told.households
        >= told.households * {{ national_standard('effect_next_year_min_percent') }} as next_is_told
    from told
    left join told as next_told
        on told.income_year + 1 = next_told.income_year
),

chosen as (
    select {{ practice_year('max(income_year) filter (where next_is_told)') }} as income_year
    from judged
)

select
    cast(income_year as integer) as income_year,
    {{ income_year_begins('income_year') }} as first_day,
    {{ income_year_ends('income_year') }} as last_day,
    {{ income_year_ends('income_year + 1') }} as last_day_of_next
from chosen
where income_year is not null
