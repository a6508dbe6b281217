-- Grain: cut, area, line, income and weight (households, persons).
-- Steps: 1. each household's shortfall as a share of its line, strictly below the line, income bottom-coded at zero;
-- as decimals, so that sums do not depend on the order of rows; 2. sums per area, for both weights; 3. headcount
-- (P0), gap (P1) and severity (P2) among those whose income is known, the unknown and the bottom-coded beside them.
with

gaps as (
    select
        inputs.cut_id,
        inputs.place_code,
        inputs.line,
        inputs.income,
        inputs.members,
        inputs.income_per_head is not null and inputs.line_value is not null as known,
        inputs.income_per_head < 0 as bottom_coded,
        inputs.income_per_head < inputs.line_value as poor,
        case
            when inputs.income_per_head < inputs.line_value
                then cast(
                    (inputs.line_value - greatest(inputs.income_per_head, 0)) / cast(inputs.line_value as double)
                    as decimal(18, 12)
                )
            else cast(0 as decimal(18, 12))
        end as gap
    from {{ ref('int_poverty_inputs') }} as inputs
),

powers as (
    select
        gaps.*,
        cast(gap * cast(gap as double) as decimal(18, 12)) as gap_squared
    from gaps
),

weighed as (
    select
        powers.cut_id,
        powers.line,
        powers.income,
        powers.known,
        powers.bottom_coded,
        powers.poor,
        powers.gap,
        powers.gap_squared,
        powers.members,
        areas.area_kind,
        areas.area_code
    from powers
    inner join {{ ref('int_place_areas') }} as areas
        on powers.cut_id = areas.cut_id and powers.place_code = areas.place_code
),

sums as (
    {% for weight, unit in [('households', '1'), ('persons', 'members')] %}
    select
        cut_id,
        area_kind,
        area_code,
        line,
        income,
        '{{ weight }}' as weight,
        sum({{ unit }}) as registered,
        coalesce(sum({{ unit }}) filter (where known), 0) as known,
        coalesce(sum({{ unit }}) filter (where not known), 0) as unknown,
        coalesce(sum({{ unit }}) filter (where known and poor), 0) as below_line,
        coalesce(sum({{ unit }}) filter (where known and bottom_coded), 0) as bottom_coded,
        sum({{ unit }} * gap) filter (where known) as gap_sum,
        sum({{ unit }} * gap_squared) filter (where known) as gap_squared_sum
    from weighed
    group by cut_id, area_kind, area_code, line, income
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    cut_id,
    area_kind,
    area_code,
    line,
    income,
    weight,
    cast(registered as bigint) as registered,
    cast(known as bigint) as known_income,
    cast(unknown as bigint) as unknown_income,
    cast(below_line as bigint) as below_line,
    cast(bottom_coded as bigint) as bottom_coded,
    {{ share('below_line', 'known') }} as headcount,
    {{ share('gap_sum', 'known') }} as gap,
    {{ share('gap_squared_sum', 'known') }} as severity
from sums
