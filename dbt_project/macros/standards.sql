{# The national value of a standard in force on the night: a threshold is a row of standards.csv, never a constant. #}
{% macro national_standard(subject) %}
(
    select in_force.value
    from {{ ref('int_standards_in_force') }} as in_force
    where in_force.subject = '{{ subject }}' and in_force.jurisdiction = 'CN'
)
{% endmacro %}

{# True when a dated row holds on a day: both ends inclusive, an empty end is open. #}
{% macro holds_on(day, valid_from, valid_to) %}
(({{ valid_from }} is null or {{ valid_from }} <= {{ day }}) and ({{ valid_to }} is null or {{ day }} <= {{ valid_to }}))
{% endmacro %}

{# True when a row of int_standard_versions holds on a day, as the standards were known on another. #}
{% macro in_force_at(standards, day, known_day) %}
(
    {{ holds_on(day, standards ~ '.valid_from', standards ~ '.valid_to') }}
    and {{ holds_on(known_day, standards ~ '.known_from', standards ~ '.known_to') }}
)
{% endmacro %}
