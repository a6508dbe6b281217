-- Grain: household and income year.
-- Steps: 1. the last version that tells of the income year; 2. income per head by the declared members, and how many
-- of food and clothing, housing and water are wanting; unknown where a part is.
with

ranked as (
    select
        versions.*,
        row_number() over (
            partition by household_key, income_year
            order by as_of desc, known_at desc, number desc, file desc, row desc
        ) as recency
    from {{ ref('int_household_versions') }} as versions
    where operation is distinct from 'close' and income_year is not null
)

select
    household_key,
    cast(income_year as integer) as income_year,
    village_code,
    main_cause,
    least(members_declared, 5) as size_band,
    cast(
        (wage_income + business_income + property_income + transfer_income - production_costs)
        / nullif(members_declared, 0)
        as decimal(18, 2)
    ) as income_per_head,
    cast(
        cast(not food_clothing_secure as integer)
        + cast(housing_grade in ('C', 'D') as integer)
        + cast(not water_safe as integer)
        as decimal(18, 2)
    ) as deprivations
from ranked
where recency = 1
