{# The outcomes and groups that are compared, stated once: int_fairness_counts counts them, household.fairness_comparisons
   says them in words. #}

{# Outcomes: of whom each is the share, and what a group has more or less often. `counted` in the registry, or by the
   assessors' samples. #}
{% macro fairness_outcomes() %}
{{ return([
    {'outcome': 'identification', 'counted': 'samples', 'denominator': 'verified_poor',
        'zh': '核查为贫困而已建档的比例', 'en': 'on the register when an assessor finds them poor'},
    {'outcome': 'holding', 'counted': 'registry', 'denominator': 'on_register',
        'zh': '数据被暂存的比例', 'en': 'held tonight'},
    {'outcome': 'exit', 'counted': 'registry', 'denominator': 'on_register_a_year_before',
        'zh': '一年内退出的比例', 'en': 'taken off the register within the year'},
    {'outcome': 'exit_lacking', 'counted': 'registry', 'denominator': 'exited_within_the_year',
        'zh': '退出后仍缺某项保障的比例', 'en': 'without one of the exit conditions after their exit'},
    {'outcome': 'offer', 'counted': 'registry', 'denominator': 'in_need_with_a_fitting_rule',
        'zh': '得到对症措施提议的比例', 'en': 'offered a fitting measure'},
    {'outcome': 'service', 'counted': 'registry', 'denominator': 'in_need_with_a_fitting_rule',
        'zh': '对症措施按时落实的比例', 'en': 'served by a fitting measure in time'},
]) }}
{% endmacro %}

{# Groups of households, by what they have in common. No restricted tag, ethnicity, language or belief is a group here,
   and none may be added. #}
{% macro fairness_groups() %}
{{ return([
    {'characteristic': 'headed_by_woman', 'zh': '女性为户主的家庭', 'en': 'Households headed by a woman'},
    {'characteristic': 'disabled_member', 'zh': '有残疾成员的家庭', 'en': 'Households with a disabled member'},
    {'characteristic': 'older_alone', 'zh': '只有老年人的家庭', 'en': 'Households of older people alone'},
    {'characteristic': 'with_children', 'zh': '有儿童的家庭', 'en': 'Households with children'},
    {'characteristic': 'remote_village', 'zh': '偏远村的家庭', 'en': 'Households of remote villages'},
]) }}
{% endmacro %}
