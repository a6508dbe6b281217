{# Engine-specific functions in one place, so that a model reads the same on another engine. #}
{% macro full_years(from_date, to_date) %}{{ return(adapter.dispatch('full_years')(from_date, to_date)) }}{% endmacro %}
{% macro default__full_years(from_date, to_date) %}date_sub('year', {{ from_date }}, {{ to_date }}){% endmacro %}

{# First day, month by month, from one date's month to another's; a table expression with the column month_start. #}
{% macro months_between(first_date, last_date) %}
{{ return(adapter.dispatch('months_between')(first_date, last_date)) }}
{% endmacro %}
{% macro default__months_between(first_date, last_date) %}
(
    select cast(unnest(generate_series(
        date_trunc('month', {{ first_date }}), date_trunc('month', {{ last_date }}), interval 1 month
    )) as date) as month_start
)
{% endmacro %}

{# Items of a comma list, one row each; use in a select list. #}
{% macro explode_list(column) %}{{ return(adapter.dispatch('explode_list')(column)) }}{% endmacro %}
{% macro default__explode_list(column) %}unnest(string_split({{ column }}, ',')){% endmacro %}

{# Difference of two dates in days. #}
{% macro days_between(from_date, to_date) %}date_diff('day', {{ from_date }}, {{ to_date }}){% endmacro %}

{# The same day so many months later, or the last day of a shorter month. #}
{% macro months_after(from_date, months) %}{{ return(adapter.dispatch('months_after')(from_date, months)) }}{% endmacro %}
{% macro default__months_after(from_date, months) %}
cast({{ from_date }} + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}

{# A ratio as it is, for a model that a mart rounds: null when the denominator is zero. #}
{% macro ratio(numerator, denominator) %}
(cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0))
{% endmacro %}

{# A ratio rounded for a mart, which is the one place where it is rounded. #}
{% macro rounded(value) %}cast(round({{ value }}, 6) as decimal(12, 6)){% endmacro %}

{# A ratio of a mart: null when the denominator is zero. #}
{% macro share(numerator, denominator) %}{{ rounded(ratio(numerator, denominator)) }}{% endmacro %}

{# A count as it may be told: the nearest multiple of the smallest cell, a half going up (decision 0013). #}
{% macro stepped(count, minimum) %}
cast(floor({{ count }} / cast({{ minimum }} as double) + 0.5) * {{ minimum }} as bigint)
{%- endmacro %}

{# SHA-256 over the text of columns in their order; a missing value is no empty one. #}
{% macro text_hash(columns) %}
sha256(
    {%- for column in columns %}
    coalesce('=' || cast({{ column }} as varchar), '-') || '|'{{ ' ||' if not loop.last }}
    {%- endfor %}
)
{% endmacro %}

{# Texts of a Jinja list as literals of SQL, for an `in (...)`. #}
{% macro quoted(texts) %}'{{ texts | join("', '") }}'{% endmacro %}
