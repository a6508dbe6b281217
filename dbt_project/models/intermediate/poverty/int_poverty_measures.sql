-- Grain: cut, area, line, income and weight (households, persons).
-- Steps: 1. each household's shortfall as a share of its line, strictly below the line, income bottom-coded at zero,
-- and for the Watts index the logarithm of line over income, income bottom-coded at the floor of the cut's day; as
-- decimals, so that sums do not depend on the order of rows; 2. sums per place, for both weights, and from these per
-- area: a household is added up once, and not for each of its areas; 3. headcount (P0), gap (P1), severity (P2) and
-- Watts among those whose income is known, the unknown and the bottom-coded beside them; 4. of settled cuts
-- (int_open_cuts) the rows of the carried night. Not rounded: the mart rounds.
with

floors as (
    select
        standards.cut_id,
        standards.value as income
    from {{ ref('int_cut_standards') }} as standards
    inner join {{ ref('int_open_cuts') }} as cuts
        on standards.cut_id = cuts.cut_id and not cuts.settled
    where standards.subject = 'watts_income_floor'
),

gaps as (
    select
        inputs.cut_id,
        inputs.place_code,
        inputs.line,
        inputs.income,
        inputs.members,
        inputs.counted_elsewhere,
        inputs.income_per_head is not null and inputs.line_value is not null as known,
        inputs.income_per_head < 0 as bottom_coded,
        inputs.income_per_head < inputs.line_value as poor,
        case
            when inputs.income_per_head < inputs.line_value
                then cast(
                    (inputs.line_value - greatest(inputs.income_per_head, 0)) / cast(inputs.line_value as double)
                    as decimal(19, 18)
                )
            else cast(0 as decimal(19, 18))
        end as gap,
        case
            when inputs.income_per_head < inputs.line_value
                then cast(
                    ln(
                        cast(inputs.line_value as double)
                        / cast(greatest(inputs.income_per_head, floors.income) as double)
                    ) as decimal(20, 18)
                )
            else cast(0 as decimal(20, 18))
        end as log_gap
    from {{ ref('int_poverty_inputs') }} as inputs
    inner join floors
        on inputs.cut_id = floors.cut_id
),

powers as (
    select
        gaps.*,
        cast(gap * gap as decimal(19, 18)) as gap_squared
    from gaps
),

place_sums as (
    select
        cut_id,
        place_code,
        line,
        income,
        {% for weight, unit, elsewhere in [
            ('households', '1', '0'), ('persons', 'cast(members as integer)', 'counted_elsewhere')
        ] %}
        sum({{ unit }}) as {{ weight }}_registered,
        coalesce(sum({{ elsewhere }}), 0) as {{ weight }}_counted_elsewhere,
        coalesce(sum({{ unit }}) filter (where known), 0) as {{ weight }}_known,
        coalesce(sum({{ unit }}) filter (where not known), 0) as {{ weight }}_unknown,
        coalesce(sum({{ unit }}) filter (where known and poor), 0) as {{ weight }}_below_line,
        coalesce(sum({{ unit }}) filter (where known and bottom_coded), 0) as {{ weight }}_bottom_coded,
        sum({{ unit }} * gap) filter (where known) as {{ weight }}_gap_sum,
        sum({{ unit }} * gap_squared) filter (where known) as {{ weight }}_gap_squared_sum,
        sum({{ unit }} * log_gap) filter (where known) as {{ weight }}_log_gap_sum{% if not loop.last %},{% endif %}
        {% endfor %}
    from powers
    group by cut_id, place_code, line, income
),

sums as (
    {% for weight in ['households', 'persons'] %}
    select
        place_sums.cut_id,
        areas.area_kind,
        areas.area_code,
        place_sums.line,
        place_sums.income,
        '{{ weight }}' as weight,
        sum(place_sums.{{ weight }}_registered) as registered,
        sum(place_sums.{{ weight }}_counted_elsewhere) as counted_elsewhere,
        sum(place_sums.{{ weight }}_known) as known,
        sum(place_sums.{{ weight }}_unknown) as unknown,
        sum(place_sums.{{ weight }}_below_line) as below_line,
        sum(place_sums.{{ weight }}_bottom_coded) as bottom_coded,
        sum(place_sums.{{ weight }}_gap_sum) as gap_sum,
        sum(place_sums.{{ weight }}_gap_squared_sum) as gap_squared_sum,
        sum(place_sums.{{ weight }}_log_gap_sum) as log_gap_sum
    from place_sums
    inner join {{ ref('int_place_areas') }} as areas
        on place_sums.cut_id = areas.cut_id and place_sums.place_code = areas.place_code
    group by place_sums.cut_id, areas.area_kind, areas.area_code, place_sums.line, place_sums.income
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
    cast(counted_elsewhere as bigint) as counted_elsewhere,
    cast(known as bigint) as known_income,
    cast(unknown as bigint) as unknown_income,
    cast(below_line as bigint) as below_line,
    cast(bottom_coded as bigint) as bottom_coded,
    {{ ratio('below_line', 'known') }} as headcount,
    {{ ratio('gap_sum', 'known') }} as gap,
    {{ ratio('gap_squared_sum', 'known') }} as severity,
    {{ ratio('log_gap_sum', 'known') }} as watts
from sums
{{ and_settled_cuts() }}
