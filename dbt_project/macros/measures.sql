{# Where an offered measure stands: delivered by the day its row speaks for, and not before; a refusal outweighs it. #}
{% macro measure_standing(measure) -%}
case
    when {{ measure }}.response = '2' then 'not_taken_up'
    when {{ measure }}.delivered_on <= {{ measure }}.as_of then 'delivered'
    when {{ measure }}.response = '1' then 'accepted'
    else 'offered'
end
{%- endmacro %}
