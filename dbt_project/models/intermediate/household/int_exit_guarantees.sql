-- Grain: household and day of its exit: a step to exited that a cut tells of, or a close by which it was carried out.
-- Steps: 1. of a step the conditions at the first cut on or after the day, the month as known tonight before the month
-- as it was cut, of a settled cut as the night that was carried over told it; of a close those last told before the
-- day, since no cut after it holds the household, unless it had been told as exited before; 2. lacking where one is not
-- met, unproven where none is but one is unknown.
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
),

told as (
    select
        first_cuts.household_key,
        first_cuts.stepped_on,
        first_cuts.cut_id,
        conditions.state
    from first_cuts
    inner join {{ ref('int_open_cuts') }} as open_cuts
        on first_cuts.cut_id = open_cuts.cut_id and not open_cuts.settled
    inner join {{ ref('int_household_conditions') }} as conditions
        on first_cuts.cut_id = conditions.cut_id and first_cuts.household_key = conditions.household_key
    union all
    select
        household_key,
        stepped_on,
        cast(null as varchar) as cut_id,
        state
    from {{ ref('int_closing_conditions') }}
    where not told_exited
),

judged as (
    select
        household_key,
        stepped_on,
        cut_id,
        bool_or(state in ('not_met', 'at_line')) as lacking,
        bool_or(state = 'unknown') as unknown
    from told
    group by household_key, stepped_on, cut_id
)

select
    household_key,
    stepped_on,
    cut_id,
    lacking,
    unknown and not lacking as unproven
from judged
{%- if carried_night() %}
union all
select
    carried.household_key,
    carried.stepped_on,
    carried.cut_id,
    carried.lacking,
    carried.unproven
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
