-- Grain: household, track, day of a step and what was against the rules in it.
-- Steps: 1. the steps that are allowed, each with the acts of which one must have been decided by that day; 2. a step
-- that is not among them; 3. one whose act was not decided, an exit or return since the act opposite to it; 4. an exit
-- without the guarantees, or with one that nobody knows of (int_exit_guarantees); 5. a risk cleared by help sooner than
-- the standard allows; 6. a class of monitoring against the registered history. Findings: the state stays as reported.
{% set allowed = [
    ('registered', 'candidate', 'registered', ['register']),
    ('registered', 'candidate', 'closed', ['refuse'] + ending_acts(for_good=true)),
    ('registered', 'registered', 'pre_exit', []),
    ('registered', 'registered', 'exited', ['exit']),
    ('registered', 'registered', 'closed', ending_acts()),
    ('registered', 'pre_exit', 'registered', []),
    ('registered', 'pre_exit', 'exited', ['exit']),
    ('registered', 'pre_exit', 'closed', ending_acts()),
    ('registered', 'exited', 'returned', ['return']),
    ('registered', 'exited', 'closed', ending_acts()),
    ('registered', 'returned', 'pre_exit', []),
    ('registered', 'returned', 'exited', ['exit']),
    ('registered', 'returned', 'closed', ending_acts()),
    ('registered', 'closed', 'candidate', []),
    ('registered', 'closed', 'registered', ['register']),
    ('registered', 'closed', 'returned', ['return']),
    ('monitoring', 'not_monitored', 'risk_open', []),
    ('monitoring', 'risk_open', 'cleared_by_help', []),
    ('monitoring', 'risk_open', 'cleared_naturally', []),
    ('monitoring', 'cleared_by_help', 'risk_open', []),
    ('monitoring', 'cleared_by_help', 'not_monitored', []),
    ('monitoring', 'cleared_naturally', 'risk_open', []),
    ('monitoring', 'cleared_naturally', 'not_monitored', []),
    ('monitoring', 'closed', 'not_monitored', []),
    ('monitoring', 'closed', 'risk_open', []),
] %}
{% set monitoring_states = ['not_monitored', 'risk_open', 'cleared_by_help', 'cleared_naturally'] %}
with

allowed as (
    {% for track, from_state, state, acts in allowed %}
    select
        '{{ track }}' as track,
        '{{ from_state }}' as from_state,
        '{{ state }}' as state
    union all
    {% endfor %}
    {% for from_state in monitoring_states %}
    select
        'monitoring' as track,
        '{{ from_state }}' as from_state,
        'closed' as state
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

needed as (
    {% for track, from_state, state, acts in allowed if acts %}
    {% set outer = loop %}
    {% for act in acts %}
    select
        '{{ track }}' as track,
        '{{ from_state }}' as from_state,
        '{{ state }}' as state,
        '{{ act }}' as act
    {% if not (outer.last and loop.last) %}union all{% endif %}
    {% endfor %}
    {% endfor %}
),

steps as (
    select * from {{ ref('int_status_steps') }}
    where from_state is not null
),

-- What was decided by the day of the step, and the last exit and return before it.
decided as (
    select
        steps.household_key,
        steps.track,
        steps.stepped_on,
        decisions.act,
        max(decisions.decided_on) as decided_on
    from steps
    inner join {{ ref('int_decisions') }} as decisions
        on steps.household_key = decisions.household_key and steps.stepped_on >= decisions.decided_on
    group by steps.household_key, steps.track, steps.stepped_on, decisions.act
),

answered as (
    select distinct
        steps.household_key,
        steps.track,
        steps.stepped_on
    from steps
    inner join needed
        on steps.track = needed.track and steps.from_state = needed.from_state and steps.state = needed.state
    inner join decided
        on
            steps.household_key = decided.household_key
            and steps.track = decided.track
            and steps.stepped_on = decided.stepped_on
            and needed.act = decided.act
    left join decided as opposite
        on
            steps.household_key = opposite.household_key
            and steps.track = opposite.track
            and steps.stepped_on = opposite.stepped_on
            and opposite.act = case decided.act when 'exit' then 'return' when 'return' then 'exit' end
    where opposite.decided_on is null or decided.decided_on >= opposite.decided_on
),

breaches as (
    select
        steps.*,
        'forbidden-step' as breach
    from steps
    left join allowed
        on steps.track = allowed.track and steps.from_state = allowed.from_state and steps.state = allowed.state
    where allowed.track is null
    union all
    select distinct
        steps.*,
        case steps.state
            when 'exited' then 'exit-without-decision'
            when 'returned' then 'return-without-decision'
            when 'closed' then 'closing-without-decision'
            else 'registration-without-decision'
        end as breach
    from steps
    inner join needed
        on steps.track = needed.track and steps.from_state = needed.from_state and steps.state = needed.state
    left join answered
        on
            steps.household_key = answered.household_key
            and steps.track = answered.track
            and steps.stepped_on = answered.stepped_on
    where answered.household_key is null
    union all
    select
        steps.*,
        case when guarantees.lacking then 'exit-without-guarantees' else 'exit-guarantees-unproven' end as breach
    from steps
    inner join {{ ref('int_exit_guarantees') }} as guarantees
        on steps.household_key = guarantees.household_key and steps.stepped_on = guarantees.stepped_on
    where
        steps.track = 'registered'
        and steps.state in ('exited', 'closed')
        and (guarantees.lacking or guarantees.unproven)
    union all
    select
        steps.*,
        'risk-cleared-too-soon' as breach
    from steps
    where
        steps.state = 'cleared_by_help'
        and {{ days_between('steps.monitoring_identified_on', 'steps.risk_eliminated_on') }}
        < {{ national_standard('risk_cleared_min_days') }}
    union all
    select
        steps.*,
        'class-against-history' as breach
    from steps
    where
        steps.state = 'risk_open'
        and (
            (steps.monitoring_class = '1' and steps.registered_on is null)
            or (steps.monitoring_class = '2' and steps.registered_on is not null)
        )
)

select
    household_key,
    track,
    stepped_on,
    breach,
    from_state,
    state,
    county_id,
    attempt_id,
    known_at
from breaches
