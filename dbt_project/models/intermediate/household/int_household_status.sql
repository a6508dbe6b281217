-- Grain: open cut and household in the marts.
-- Steps: 1. exits and the last act decided by the cut; 2. the household's place in the registered history, where an
-- exit counts only when an exit was decided, and not before the household was last taken in; one that an office took
-- in is registered from that day on, whether its row says so yet or not; else it is monitored, refused or an
-- applicant; 3. whether it is monitored; 4. in need: registered and not exited, or monitored with a risk that stands,
-- new and held, or asking while below the line or without one of the conditions.
with

exits as (
    select
        cut_id,
        household_key,
        max(decided_on) filter (where act = 'exit') as exit_decided_on,
        max(decided_on) filter (where act in ({{ quoted(taking_in_acts()) }})) as taken_in_on
    from {{ ref('int_cut_decisions') }}
    group by cut_id, household_key
),

acts as (
    select
        cut_id,
        household_key,
        act,
        row_number() over (partition by cut_id, household_key order by decided_on desc, decision_id desc) as recency
    from {{ ref('int_cut_decisions') }}
),

pending as (
    select distinct
        cut_id,
        household_key
    from {{ ref('int_cut_applications') }}
    where status = 'pending'
),

lacking as (
    select
        cut_id,
        household_key
    from {{ ref('int_household_conditions') }}
    where state = 'not_met'
    group by cut_id, household_key
),

tracks as (
    select
        households.cut_id,
        households.household_key,
        exits.exit_decided_on,
        case
            when households.provisional then 'provisional'
            when households.close_undecided then 'close_undecided'
            when households.exit_flag = '3' then 'returned'
            when households.exit_flag = '2' then 'pre_exit'
            when
                households.exit_flag = '1'
                and exits.exit_decided_on >= coalesce(exits.taken_in_on, exits.exit_decided_on)
                then 'exited'
            when households.exit_flag = '1' then 'exit_undecided'
            when households.registered_on is not null or acts.act in ({{ quoted(taking_in_acts()) }})
                then 'registered'
            when coalesce(households.monitoring_class, '0') <> '0' then 'monitored'
            when acts.act = 'refuse' then 'refused'
            else 'applicant'
        end as status,
        coalesce(households.monitoring_class, '0') <> '0' as monitored,
        {{ risk_stands('households') }} as risk_stands,
        pending.household_key is not null and lacking.household_key is not null as asks_and_lacks
    from {{ ref('int_households') }} as households
    left join exits
        on households.cut_id = exits.cut_id and households.household_key = exits.household_key
    left join acts
        on households.cut_id = acts.cut_id and households.household_key = acts.household_key and acts.recency = 1
    left join pending
        on households.cut_id = pending.cut_id and households.household_key = pending.household_key
    left join lacking
        on households.cut_id = lacking.cut_id and households.household_key = lacking.household_key
)

select
    cut_id,
    household_key,
    status,
    monitored,
    risk_stands,
    exit_decided_on,
    status in ('registered', 'pre_exit', 'returned', 'exit_undecided', 'close_undecided', 'provisional')
    or risk_stands
    or asks_and_lacks as in_need
from tracks
