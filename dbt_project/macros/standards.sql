{# The national value of a standard in force on the night; thresholds are rows of seeds/standards.csv, never constants. #}
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
