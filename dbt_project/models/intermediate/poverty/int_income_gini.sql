-- Grain: cut, area, income and weight (households, persons).
-- Steps: 1. incomes per head bottom-coded at zero, equal ones of an area together: their order does not matter, and no
-- household is sorted; 2. running sums of people and of income as decimals; 3. one minus twice the area under the
-- Lorenz curve. Among the registered, who are not a population.
with

incomes as (
    select
        inputs.cut_id,
        areas.area_kind,
        areas.area_code,
        inputs.income,
        greatest(inputs.income_per_head, 0) as income_per_head,
        count(*) as households,
        sum(inputs.members) as persons
    from {{ ref('int_poverty_inputs') }} as inputs
    inner join {{ ref('int_place_areas') }} as areas
        on inputs.cut_id = areas.cut_id and inputs.place_code = areas.place_code
    where inputs.line = 'poverty_line' and inputs.income_per_head is not null
    group by
        inputs.cut_id, areas.area_kind, areas.area_code, inputs.income, greatest(inputs.income_per_head, 0)
),

totals as (
    select
        incomes.*,
        cast(households * income_per_head as decimal(38, 2)) as households_total,
        cast(persons * income_per_head as decimal(38, 2)) as persons_total
    from incomes
),

running as (
    select
        totals.*,
        sum(households_total) over in_order as households_total_so_far,
        sum(persons_total) over in_order as persons_total_so_far
    from totals
    window in_order as (
        partition by cut_id, area_kind, area_code, income
        order by income_per_head
        rows between unbounded preceding and current row
    )
),

areas_under as (
    {% for weight in ['households', 'persons'] %}
    select
        cut_id,
        area_kind,
        area_code,
        income,
        '{{ weight }}' as weight,
        sum({{ weight }}) as units,
        sum({{ weight }}_total) as total,
        sum(cast({{ weight }} as decimal(18, 0)) * (2 * {{ weight }}_total_so_far - {{ weight }}_total)) as twice_area
    from running
    group by cut_id, area_kind, area_code, income
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    cut_id,
    area_kind,
    area_code,
    income,
    weight,
    cast(1 - {{ share('twice_area', 'cast(units as double) * cast(total as double)') }} as decimal(12, 6)) as gini
from areas_under
