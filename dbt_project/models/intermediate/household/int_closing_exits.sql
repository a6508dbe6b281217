-- Grain: household and day of a close by which its exit was carried out, with the household as last told before it.
-- Steps: 1. steps to closed, and whether the household was told as exited before; 2. those that an exit ended: the last
-- act by that day or, where that ended no help, the first one after it and before the next step; 3. the last version of
-- a day before the close; 4. without those that the exit did not end (macros/endings.sql), and of those told as exited
-- before only the ones of the last year, for its figures; 5. whether the household is gone since: neither told of again
-- nor in the marts.
{% set columns = contract_columns('households')['columns'] %}
with

closes as (
    select
        household_key,
        stepped_on,
        next_step_on,
        from_state = 'exited' as told_exited
    from {{ ref('int_status_steps') }}
    where track = 'registered' and state = 'closed' and from_state is not null
),

-- Of the acts by the day of the close the last one, and the first one after it.
acts as (
    select
        closes.household_key,
        closes.stepped_on,
        closes.next_step_on,
        closes.told_exited,
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
            and coalesce(closes.next_step_on > decisions.decided_on, true)
            and decisions.cut_id = 'night'
            and decisions.act in ({{ quoted(ending_acts() + taking_in_acts()) }})
    group by closes.household_key, closes.stepped_on, closes.next_step_on, closes.told_exited
),

exits as (
    select
        household_key,
        stepped_on,
        next_step_on,
        told_exited,
        case when act_before = 'exit' then before_on else after_on end as decided_on
    from acts
    where
        act_before = 'exit'
        or (act_after = 'exit' and coalesce(act_before not in ({{ quoted(ending_acts()) }}), true))
),

told as (
    select
        exits.stepped_on,
        exits.next_step_on,
        exits.told_exited,
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
)

select
    'closed-' || strftime(told.stepped_on, '%Y-%m-%d') as cut_id,
    told.household_key,
    told.stepped_on,
    told.decided_on,
    told.told_exited,
    told.next_step_on is null and households.household_key is null as gone,
    coalesce(told.village_code, county_codes.current_code, told.county_id) as place_code,
    substr(coalesce(told.village_code, county_codes.current_code, told.county_id), 1, 6) as county_code,
    false as provisional,
    {% for column in columns %}
    told.{{ column }},
    {% endfor %}
    told.county_id
from told
left join {{ ref('int_county_codes') }} as county_codes
    on told.county_id = county_codes.county_code
left join {{ ref('int_households') }} as households
    on told.household_key = households.household_key and households.cut_id = 'night'
where
    told.recency = 1
    and ({{ exit_ends('told.decided_on', 'told') }})
    and (not told.told_exited or told.decided_on > {{ night() }} - interval 1 year)
