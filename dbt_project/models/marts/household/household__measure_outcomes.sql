-- Grain: measure delivered to a household, as household_measures shows it.
-- Steps: 1. delivered measures with the income year in which they came, 1 October of the year before to 30 September;
-- 2. what the household told of the year before it and of the year after it: income per head and deprivations; 3. the
-- change, empty while a side is not known. What came after is no effect of it: zone.practices compares with others.
with

delivered as (
    select
        county_id || '-' || measure_id as measure_key,
        household_key,
        measure_code,
        delivered_on,
        amount,
        {{ income_year_of('delivered_on') }} as income_year
    from {{ ref('int_shown_offers') }}
    where standing = 'delivered' and delivered_on is not null
)

select
    delivered.measure_key,
    delivered.household_key,
    delivered.measure_code,
    delivered.delivered_on,
    delivered.amount,
    delivered.income_year,
    before.income_per_head as income_per_head_before,
    after.income_per_head as income_per_head_after,
    cast(after.income_per_head - before.income_per_head as decimal(18, 2)) as income_per_head_change,
    cast(before.deprivations as integer) as deprivations_before,
    cast(after.deprivations as integer) as deprivations_after,
    cast(after.deprivations - before.deprivations as integer) as deprivations_change
from delivered
left join {{ ref('int_practice_outcomes') }} as before
    on delivered.household_key = before.household_key and delivered.income_year - 1 = before.income_year
left join {{ ref('int_practice_outcomes') }} as after
    on delivered.household_key = after.household_key and delivered.income_year + 1 = after.income_year
