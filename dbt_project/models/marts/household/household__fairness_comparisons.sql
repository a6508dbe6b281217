-- Grain: area (nation, province, county), outcome and group characteristic, on the night.
-- Steps: 1. the group beside all other households, rounded here; where a side has fewer households than the smallest
-- cell, or lies in one village, the sides show their number alone; 2. a difference that is hardly chance is a question
-- to a person, in words; nothing acts on it.
with

outcomes (outcome, denominator, outcome_zh, outcome_en) as (
    values
    {% for one in fairness_outcomes() %}
    ('{{ one.outcome }}', '{{ one.denominator }}', '{{ one.zh }}', '{{ one.en }}'){{ ',' if not loop.last }}
    {% endfor %}
),

groups (characteristic, group_zh, group_en) as (
    values
    {% for one in fairness_groups() %}
    ('{{ one.characteristic }}', '{{ one.zh }}', '{{ one.en }}'){{ ',' if not loop.last }}
    {% endfor %}
)

select
    comparisons.area_kind,
    comparisons.area_code,
    comparisons.outcome,
    outcomes.denominator,
    comparisons.characteristic,
    {% for side in ['group', 'other'] %}
    cast(coalesce(comparisons.{{ side }}_households, 0) as bigint) as {{ side }}_households,
    {% for figure in ['share', 'low', 'high'] %}
    case when comparisons.compared then {{ rounded('comparisons.' ~ side ~ '_' ~ figure) }} end
        as {{ side }}_{{ figure }},
    {% endfor %}
    case
        when comparisons.compared then cast(round(comparisons.{{ side }}_effective_size, 4) as decimal(18, 4))
    end as {{ side }}_effective_size,
    {% endfor %}
    cast(coalesce(comparisons.households_not_told, 0) as bigint) as households_not_told,
    {{ rounded('comparisons.difference') }} as difference,
    {{ rounded('comparisons.difference_low') }} as difference_low,
    {{ rounded('comparisons.difference_high') }} as difference_high,
    comparisons.excludes_zero,
    cast(comparisons.comparisons as bigint) as comparisons,
    comparisons.asked,
    case
        when comparisons.asked
            then
                groups.group_zh || '：' || outcomes.outcome_zh
                || case when comparisons.difference < 0 then '低于' else '高于' end
                || '其他家庭，不大可能只是偶然。原因是什么，由谁来查？'
    end as question_zh,
    case
        when comparisons.asked
            then
                groups.group_en || ' are ' || case when comparisons.difference < 0 then 'less' else 'more' end
                || ' often ' || outcomes.outcome_en || ' than others, hardly by chance. Why, and who looks into it?'
    end as question_en
from {{ ref('int_fairness_comparisons') }} as comparisons
inner join outcomes
    on comparisons.outcome = outcomes.outcome
inner join groups
    on comparisons.characteristic = groups.characteristic
