-- Grain: household and day of a close by which its exit was carried out, with the household as last told before it.
-- Steps: 1. steps to closed of households that were not told as exited before, whose exit is looked at on that day;
-- 2. those that an exit ended: the last act by that day or, where that ended no help, the first one after it and before
-- the next step; 3. the last version of a day before the close; 4. without those that the exit did not end
-- (macros/endings.sql).
{% set columns = contract_columns('households')['columns'] %}
with

closes as (
    select
        household_key,
        stepped_on,
        coalesce(next_step_on, date '9999-12-31') as next_step_on
    from {{ ref('int_status_steps') }}
    where track = 'registered' and state = 'closed' and from_state <> 'exited'
),

-- Of the acts by the day of the close the last one, and the first one after it.
acts as (
    select
        closes.household_key,
        closes.stepped_on,
        max_by(decisions.act, (decisions.decided_on, decisions.decision_id))
        filter (where decisions.decided_on <= closes.stepped_on) as act_before,
        max(decisions.decided_on) filter (where decisions.decided_on <= closes.stepped_on) as before_on,
        min_by(decisions.act, (decisions.decided_on, decisions.decision_id))
        filter (where decisions.decided_on > closes.stepped_on) as act_after,
        min(decisions.decided_on) filter (where decisions.decided_on > closes.stepped_on) as after_on
    from closes
    inner join {{ ref('int_cut_decisions') }} as decisions
        on
            closes.household_key = decisions.household_key
            and closes.next_step_on > decisions.decided_on
            and decisions.cut_id = 'night'
            and decisions.act in ({{ quoted(ending_acts() + taking_in_acts()) }})
    group by closes.household_key, closes.stepped_on
),

exits as (
    select
        household_key,
        stepped_on,
        case when act_before = 'exit' then before_on else after_on end as decided_on
    from acts
    where
        act_before = 'exit'
        or (act_after = 'exit' and coalesce(act_before not in ({{ quoted(ending_acts()) }}), true))
),

told as (
    select
        exits.stepped_on,
        exits.decided_on,
        versions.*,
        row_number() over (
            partition by versions.household_key, exits.stepped_on
            order by
                versions.as_of desc,
                versions.known_at desc,
                versions.number desc,
                versions.file desc,
                versions.row desc
        ) as recency
    from exits
    inner join {{ ref('int_household_versions') }} as versions
        on exits.household_key = versions.household_key and exits.stepped_on > versions.as_of
    where versions.operation <> 'close'
),

county_codes as (
    {{ county_codes() | indent(4) }}
)

select
    'closed-' || strftime(told.stepped_on, '%Y-%m-%d') as cut_id,
    told.household_key,
    told.stepped_on,
    told.decided_on,
    substr(coalesce(told.village_code, county_codes.county_code, told.county_id), 1, 6) as county_code,
    false as provisional,
    {% for column in columns %}
    told.{{ column }},
    {% endfor %}
    told.county_id
from told
left join county_codes
    on told.county_id = county_codes.county_id
where told.recency = 1 and ({{ exit_ends('told.decided_on', 'told') }})
