-- Grain: cut, area, income and weight (households, persons).
-- Steps: 1. incomes per head bottom-coded at zero, in order; 2. running sums of people and of income as decimals; 3.
-- one minus twice the area under the Lorenz curve. Among the registered, who are not a population.
with

incomes as (
    select
        inputs.cut_id,
        areas.area_kind,
        areas.area_code,
        inputs.income,
        inputs.household_key,
        greatest(inputs.income_per_head, 0) as income_per_head,
        1 as one,
        inputs.members
    from {{ ref('int_poverty_inputs') }} as inputs
    inner join {{ ref('int_place_areas') }} as areas
        on inputs.cut_id = areas.cut_id and inputs.place_code = areas.place_code
    where inputs.line = 'poverty_line' and inputs.income_per_head is not null
),

{% for weight, unit in [('households', 'one'), ('persons', 'members')] %}
running_{{ weight }} as (
    select
        cut_id,
        area_kind,
        area_code,
        income,
        '{{ weight }}' as weight,
        {{ unit }} as units,
        cast({{ unit }} * income_per_head as decimal(38, 2)) as total,
        sum(cast({{ unit }} * income_per_head as decimal(38, 2))) over in_order as total_so_far
    from incomes
    window in_order as (
        partition by cut_id, area_kind, area_code, income
        order by income_per_head, household_key
        rows between unbounded preceding and current row
    )
),

{% endfor %}
running as (
    select * from running_households
    union all
    select * from running_persons
),

areas_under as (
    select
        cut_id,
        area_kind,
        area_code,
        income,
        weight,
        sum(units) as units,
        sum(total) as total,
        sum(cast(units as decimal(18, 0)) * (2 * total_so_far - total)) as twice_area
    from running
    group by cut_id, area_kind, area_code, income, weight
)

select
    cut_id,
    area_kind,
    area_code,
    income,
    weight,
    cast(1 - {{ share('twice_area', 'cast(units as double) * cast(total as double)') }} as decimal(12, 6)) as gini
from areas_under
