-- Grain: cut, area, income and weight (households, persons).
-- Steps: 1. a number for each cut, area and income, since rows are told apart by one number faster than by four texts;
-- 2. incomes per head bottom-coded at zero, equal ones of an area together: their order does not matter, and no
-- household is sorted; 3. running sums of people and of income as decimals; 4. one minus twice the area under the
-- Lorenz curve; 5. of settled cuts (int_open_cuts) the rows of the carried night. Among the registered, who are not a
-- population.
with

inputs as (
    select
        inputs.cut_id,
        inputs.place_code,
        inputs.income,
        greatest(inputs.income_per_head, 0) as income_per_head,
        inputs.members
    from {{ ref('int_poverty_inputs') }} as inputs
    inner join {{ ref('int_open_cuts') }} as cuts
        on inputs.cut_id = cuts.cut_id and not cuts.settled
    where inputs.line = 'poverty_line' and inputs.income_per_head is not null
),

places as (
    select distinct
        cut_id,
        place_code,
        income
    from inputs
),

place_series as (
    select
        places.cut_id,
        places.place_code,
        places.income,
        areas.area_kind,
        areas.area_code,
        dense_rank() over (
            order by places.cut_id, areas.area_kind, areas.area_code, places.income
        ) as series_no
    from places
    inner join {{ ref('int_place_areas') }} as areas
        on places.cut_id = areas.cut_id and places.place_code = areas.place_code
),

series as (
    select distinct
        series_no,
        cut_id,
        area_kind,
        area_code,
        income
    from place_series
),

incomes as (
    select
        place_series.series_no,
        inputs.income_per_head,
        count(*) as households,
        sum(inputs.members) as persons
    from inputs
    inner join place_series
        on
            inputs.cut_id = place_series.cut_id
            and inputs.place_code = place_series.place_code
            and inputs.income = place_series.income
    group by place_series.series_no, inputs.income_per_head
),

totals as (
    select
        incomes.*,
        cast(households * income_per_head as decimal(38, 6)) as households_total,
        cast(persons * income_per_head as decimal(38, 6)) as persons_total
    from incomes
),

running as (
    select
        totals.*,
        sum(households_total) over in_order as households_total_so_far,
        sum(persons_total) over in_order as persons_total_so_far
    from totals
    window in_order as (
        partition by series_no
        order by income_per_head
        rows between unbounded preceding and current row
    )
),

areas_under as (
    {% for weight in ['households', 'persons'] %}
    select
        series_no,
        '{{ weight }}' as weight,
        sum({{ weight }}) as units,
        sum({{ weight }}_total) as total,
        sum(cast({{ weight }} as decimal(18, 0)) * (2 * {{ weight }}_total_so_far - {{ weight }}_total)) as twice_area
    from running
    group by series_no
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

ginis as (
    select
        series_no,
        weight,
        1 - {{ share('twice_area', 'cast(units as double) * cast(total as double)') }} as gini
    from areas_under
)

select
    series.cut_id,
    series.area_kind,
    series.area_code,
    series.income,
    ginis.weight,
    cast(ginis.gini as decimal(12, 6)) as gini
from ginis
inner join series
    on ginis.series_no = series.series_no
{{ and_settled_cuts() }}
