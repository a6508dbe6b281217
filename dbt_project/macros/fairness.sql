{# What household.fairness_comparisons compares: outcomes by their denominators, and groups of households by what they
   have in common. A restricted tag, ethnicity, language and belief are none of them, and none may be added. #}

{# Outcomes: code, of whom it is the share, and what it says of a group that has it more or less often. #}
{% macro fairness_outcomes() %}
{{ return([
    {'code': 'identification', 'denominator': 'verified_poor', 'zh': '核查为贫困而已建档的比例',
        'en': 'on the register when an assessor finds them poor'},
    {'code': 'holding', 'denominator': 'on_register', 'zh': '数据被暂存的比例', 'en': 'held tonight'},
    {'code': 'exit', 'denominator': 'on_register_a_year_before', 'zh': '一年内退出的比例', 'en': 'taken off the register within the year'},
    {'code': 'exit_lacking', 'denominator': 'exited_within_the_year', 'zh': '退出后仍缺某项保障的比例',
        'en': 'without one of the exit conditions after their exit'},
    {'code': 'offer', 'denominator': 'in_need_with_a_fitting_rule', 'zh': '得到对症措施提议的比例',
        'en': 'offered a fitting measure'},
    {'code': 'service', 'denominator': 'in_need_with_a_fitting_rule', 'zh': '对症措施按时落实的比例',
        'en': 'served by a fitting measure in time'},
]) }}
{% endmacro %}

{# Outcomes that the registry itself tells, household by household: all but what assessors found. #}
{% macro registry_outcomes() %}
{{ return(fairness_outcomes() | map(attribute='code') | reject('equalto', 'identification') | list) }}
{% endmacro %}

{# Groups: code, and what they are called. #}
{% macro fairness_groups() %}
{{ return([
    {'code': 'headed_by_woman', 'zh': '女性为户主的家庭', 'en': 'Households headed by a woman'},
    {'code': 'disabled_member', 'zh': '有残疾成员的家庭', 'en': 'Households with a disabled member'},
    {'code': 'older_alone', 'zh': '只有老年人的家庭', 'en': 'Households of older people alone'},
    {'code': 'with_children', 'zh': '有儿童的家庭', 'en': 'Households with children'},
    {'code': 'remote_village', 'zh': '偏远村的家庭', 'en': 'Households of remote villages'},
]) }}
{% endmacro %}
