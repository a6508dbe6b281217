{# What household.fairness_comparisons says of the outcomes and groups that int_fairness_counts counts, in words. #}

{# Outcomes: of whom each is the share, and what a group has more or less often. #}
{% macro fairness_outcomes() %}
(
    select * from (values
        ('identification', 'verified_poor', '核查为贫困而已建档的比例', 'on the register when an assessor finds them poor'),
        ('holding', 'on_register', '数据被暂存的比例', 'held tonight'),
        ('exit', 'on_register_a_year_before', '一年内退出的比例', 'taken off the register within the year'),
        ('exit_lacking', 'exited_within_the_year', '退出后仍缺某项保障的比例',
            'without one of the exit conditions after their exit'),
        ('offer', 'in_need_with_a_fitting_rule', '得到对症措施提议的比例', 'offered a fitting measure'),
        ('service', 'in_need_with_a_fitting_rule', '对症措施按时落实的比例', 'served by a fitting measure in time')
    ) as outcomes (outcome, denominator, outcome_zh, outcome_en)
)
{% endmacro %}

{# Groups of households, by what they have in common. #}
{% macro fairness_groups() %}
(
    select * from (values
        ('headed_by_woman', '女性为户主的家庭', 'Households headed by a woman'),
        ('disabled_member', '有残疾成员的家庭', 'Households with a disabled member'),
        ('older_alone', '只有老年人的家庭', 'Households of older people alone'),
        ('with_children', '有儿童的家庭', 'Households with children'),
        ('remote_village', '偏远村的家庭', 'Households of remote villages')
    ) as groups (characteristic, group_zh, group_en)
)
{% endmacro %}
