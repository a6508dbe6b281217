{# The spells in which findings stood, one row each. `events` is a relation of int_finding_events' columns. A spell begins
   with a finding that nothing stood before or that was cleared, and ends with the first event that could have shown it
   and did not. Between the packages of one night nobody was told anything: what a later one of the night showed was not
   cleared by an earlier one. It goes on after `with`. #}
{% macro finding_spells(events) -%}
in_their_nights as (
    select
        finding_id,
        number,
        night,
        is_found,
        max(case when is_found then number end) over (partition by finding_id, night) as last_found
    from {{ events }}
),

followed as (
    select
        finding_id,
        number,
        night,
        is_found,
        lag(is_found) over (partition by finding_id order by night, number) as was_found
    from in_their_nights
    where is_found or coalesce(last_found < number, true)
),

counted as (
    select
        finding_id,
        number,
        night,
        is_found,
        sum(case when is_found and not coalesce(was_found, false) then 1 else 0 end) over (
            partition by finding_id order by night, number
            rows between unbounded preceding and current row
        ) as spell
    from followed
)

select
    finding_id,
    cast(spell as integer) as spell,
    min(night) as first_night,
    max(night) filter (where is_found) as last_night,
    min(night) filter (where not is_found) as cleared_night,
    spell = max(spell) over (partition by finding_id) as is_latest
from counted
where spell > 0
group by finding_id, spell
{%- endmacro %}
