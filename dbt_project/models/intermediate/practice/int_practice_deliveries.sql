-- Grain: household and measure delivered by the end of the year after the practice year.
-- Steps: 1. the practice year: the newest income year whose next one is reported; an income year runs from 1 October
-- of the year before to 30 September; 2. delivered in it, or at another time, and what it cost in it.
with

practice_year as (
    select max(income_year) - 1 as income_year
    from {{ ref('int_practice_outcomes') }}
),

delivered as (
    select
        offers.household_key,
        offers.measure_code,
        offers.amount,
        practice_year.income_year,
        offers.delivered_on between make_date(practice_year.income_year - 1, 10, 1)
        and make_date(practice_year.income_year, 9, 30) as in_year
    from {{ ref('int_household_offers') }} as offers
    cross join practice_year
    where offers.standing = 'delivered' and offers.delivered_on <= make_date(practice_year.income_year + 1, 9, 30)
)

select
    household_key,
    measure_code,
    income_year,
    bool_or(in_year) as in_year,
    bool_or(not in_year) as at_another_time,
    sum(amount) filter (where in_year) as cost
from delivered
group by household_key, measure_code, income_year
