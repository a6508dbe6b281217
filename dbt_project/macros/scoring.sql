{# One macro per scoring shape: points of a value. Each gives a double between 0 and the weight; the model that calls
   them rounds once. floor and target carry the direction: for "lower is better" the floor lies above the target. #}

{# Nothing at the floor, the weight at the target, in proportion between; never below nothing nor above the weight. #}
{% macro score_linear(value, floor, target, weight) %}
(
    least(1.0, greatest(0.0, cast({{ value }} - {{ floor }} as double) / cast({{ target }} - {{ floor }} as double)))
    * cast({{ weight }} as double)
)
{% endmacro %}

{# Each whole step short of the target loses step_points. Nine digits first: 0.003 / 0.001 in binary falls short of 3. #}
{% macro score_stepped(value, target, direction, step, step_points, weight) %}
greatest(
    0.0,
    cast({{ weight }} as double)
    - trunc(round(
        greatest(0.0, cast(
            case {{ direction }} when 'lower' then {{ value }} - {{ target }} else {{ target }} - {{ value }} end as double
        )) / cast({{ step }} as double), 9
    )) * cast({{ step_points }} as double)
)
{% endmacro %}

{# The weight when the target is met, else nothing. Compares the counts and no rounded ratio: one person short of ten
   million is short. #}
{% macro score_all_or_nothing(numerator, denominator, target, direction, weight) %}
case
    when {{ target_is_met(numerator, denominator, target, direction) }} then cast({{ weight }} as double)
    else 0.0
end
{% endmacro %}

{% macro target_is_met(numerator, denominator, target, direction) %}
case {{ direction }}
    when 'lower'
        then cast({{ numerator }} as decimal(28, 4))
            <= cast({{ denominator }} as decimal(28, 4)) * cast({{ target }} as decimal(9, 4))
    else
        cast({{ numerator }} as decimal(28, 4))
        >= cast({{ denominator }} as decimal(28, 4)) * cast({{ target }} as decimal(9, 4))
end
{% endmacro %}

{# Points of the band (above, up_to] that the value lies in: points_from at its beginning, points_to at its end. #}
{% macro score_banded(value, above, up_to, points_from, points_to) %}
(
    cast({{ points_from }} as double)
    - case
        when {{ points_from }} = {{ points_to }} then 0.0
        else cast({{ points_from }} - {{ points_to }} as double)
            * cast({{ value }} - {{ above }} as double) / cast({{ up_to }} - {{ above }} as double)
    end
)
{% endmacro %}

{# What a veto says of a verified rate: it falls only when the whole interval lies on the wrong side of the limit (the
   limit itself is wrong); when the rate alone does, it stays open until more is verified. #}
{% macro veto_state(value, value_low, value_high, target, direction) %}
case
    when {{ direction }} = 'lower' and {{ value_low }} >= {{ target }} then 'veto'
    when {{ direction }} = 'higher' and {{ value_high }} <= {{ target }} then 'veto'
    when {{ direction }} = 'lower' and {{ value }} >= {{ target }} then 'veto_open'
    when {{ direction }} = 'higher' and {{ value }} <= {{ target }} then 'veto_open'
    else 'clear'
end
{% endmacro %}
