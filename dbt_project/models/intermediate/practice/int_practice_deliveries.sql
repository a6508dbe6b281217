-- Grain: household and measure delivered by the end of the year after the practice year.
-- Steps: delivered in the practice year, or at another time, and what it cost in it; to households that left since too,
-- whose outcomes are told.
with

delivered as (
    select
        measures.household_key,
        measures.measure_code,
        measures.amount,
        practice_year.income_year,
        measures.delivered_on between practice_year.first_day and practice_year.last_day as in_year
    from {{ ref('int_delivered_measures') }} as measures
    cross join {{ ref('int_practice_year') }} as practice_year
    where measures.delivered_on <= practice_year.last_day_of_next
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
