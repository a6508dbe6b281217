-- Grain: household and day of a step to exited that a cut tells of.
-- Steps: 1. the first cut on or after the day, the month as known tonight before the month as it was cut; 2. whether
-- one of the conditions is lacking at it; of a settled cut as the night that was carried over told it.
with

first_cuts as (
    select
        steps.household_key,
        steps.stepped_on,
        arg_min(cuts.cut_id, (cuts.state_on, cuts.vintage <> 'restated')) as cut_id
    from {{ ref('int_status_steps') }} as steps
    inner join {{ ref('int_cuts') }} as cuts
        on steps.stepped_on <= cuts.state_on
    where steps.from_state is not null and steps.state = 'exited'
    group by steps.household_key, steps.stepped_on
)

select
    first_cuts.household_key,
    first_cuts.stepped_on,
    first_cuts.cut_id,
    bool_or(conditions.state in ('not_met', 'at_line')) as lacking
from first_cuts
inner join {{ ref('int_open_cuts') }} as open_cuts
    on first_cuts.cut_id = open_cuts.cut_id and not open_cuts.settled
inner join {{ ref('int_household_conditions') }} as conditions
    on first_cuts.cut_id = conditions.cut_id and first_cuts.household_key = conditions.household_key
group by first_cuts.household_key, first_cuts.stepped_on, first_cuts.cut_id
{%- if carried_night() %}
union all
select
    carried.household_key,
    carried.stepped_on,
    carried.cut_id,
    carried.lacking
from {{ carried_table() }} as carried
inner join first_cuts
    on
        carried.household_key = first_cuts.household_key
        and carried.stepped_on = first_cuts.stepped_on
        and carried.cut_id = first_cuts.cut_id
left join {{ ref('int_open_cuts') }} as open_cuts
    on carried.cut_id = open_cuts.cut_id and not open_cuts.settled
where open_cuts.cut_id is null
{%- endif %}
