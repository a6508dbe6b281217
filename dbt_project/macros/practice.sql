{# Practice cards: one of each zone and cause, of each zone, of each cause, and of all. #}

{# The income year that cards are made of: the one a person asks for (targeted practices), else the newest there can be. #}
{% macro practice_year(newest) -%}
{%- set asked = env_var('TARGETED_PRACTICE_YEAR', '') if execute else '' -%}
{%- if asked -%} max(cast({{ asked | int }} as bigint)) {%- else -%} {{ newest }} {%- endif -%}
{%- endmacro %}

{# The four widths of a card, as rows. #}
{% macro practice_widths() %}
(values (false, false), (false, true), (true, false), (true, true))
{%- endmacro %}

{# The two columns of a card's key, of a relation with zone_id and cause beside `wide`, which is practice_widths(). #}
{% macro practice_cards(relation) -%}
case when wide.any_zone then 'all' else {{ relation }}.zone_id end as card_zone,
    case when wide.any_cause then 'all' else {{ relation }}.cause end as card_cause
{%- endmacro %}

{# Student's quantile 0.975: of the seed up to 200 degrees, beyond them by its expansion in 1/degrees (1e-9 near). #}
{% macro student_quantile(quantile, degrees) -%}
{%- set z = normal_quantile() -%}
coalesce({{ quantile }}, {{ z }} + (power({{ z }}, 3) + {{ z }}) / (4 * {{ degrees }})
    + (5 * power({{ z }}, 5) + 16 * power({{ z }}, 3) + 3 * {{ z }}) / (96 * {{ degrees }} * {{ degrees }}))
{%- endmacro %}
