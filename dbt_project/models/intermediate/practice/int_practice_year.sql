-- Grain: one row: the practice year.
-- Steps: 1. the newest income year whose next one is reported, or the one that a recomputation asks for; 2. its days:
-- an income year runs from 1 October of the year before to 30 September.
with

chosen as (
    select {{ practice_year('max(income_year) - 1') }} as income_year
    from {{ ref('int_practice_outcomes') }}
)

select
    cast(income_year as integer) as income_year,
    make_date(income_year - 1, 10, 1) as first_day,
    make_date(income_year, 9, 30) as last_day,
    make_date(income_year + 1, 9, 30) as last_day_of_next
from chosen
where income_year is not null
