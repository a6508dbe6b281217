-- Grain: area (nation, province, county), outcome and group characteristic, on the night.
-- Steps: 1. the group beside all other households, rounded here; sides of fewer households than the smallest cell show
-- their number alone; 2. a difference that is hardly chance is a question to a person, in words; nothing acts on it.
{% set outcomes, groups = fairness_outcomes(), fairness_groups() %}
with

named as (
    select
        comparisons.*,
        case outcome
            {% for outcome in outcomes %}
            when '{{ outcome.code }}' then '{{ outcome.denominator }}'
            {% endfor %}
        end as denominator,
        {% for language in ['zh', 'en'] %}
        case outcome
            {% for outcome in outcomes %}
            when '{{ outcome.code }}' then '{{ outcome[language] }}'
            {% endfor %}
        end as outcome_{{ language }},
        case characteristic
            {% for group in groups %}
            when '{{ group.code }}' then '{{ group[language] }}'
            {% endfor %}
        end as group_{{ language }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('int_fairness_comparisons') }} as comparisons
)

select
    area_kind,
    area_code,
    outcome,
    denominator,
    characteristic,
    {% for side in ['group', 'other'] %}
    cast(coalesce({{ side }}_households, 0) as bigint) as {{ side }}_households,
    {% for figure in ['share', 'low', 'high'] %}
    case when compared then {{ rounded(side ~ '_' ~ figure) }} end as {{ side }}_{{ figure }},
    {% endfor %}
    case when compared then cast(round({{ side }}_effective_size, 4) as decimal(18, 4)) end as {{ side }}_effective_size,
    {% endfor %}
    cast(coalesce(households_not_told, 0) as bigint) as households_not_told,
    {{ rounded('difference') }} as difference,
    {{ rounded('difference_low') }} as difference_low,
    {{ rounded('difference_high') }} as difference_high,
    excludes_zero,
    cast(comparisons as bigint) as comparisons,
    asked,
    case
        when asked
            then group_zh || '：' || outcome_zh || case when difference < 0 then '低于' else '高于' end
                || '其他家庭，不大可能只是偶然。原因是什么，由谁来查？'
    end as question_zh,
    case
        when asked
            then group_en || ' are ' || case when difference < 0 then 'less' else 'more' end || ' often ' || outcome_en
                || ' than others, hardly by chance. Why, and who looks into it?'
    end as question_en
from named
