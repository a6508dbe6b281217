-- Grain: step and household that differs: why, apart from its rule (real, late, corrected).
-- Steps: 1. the day up to which the household was told of by the beginning's time: by a row of its own or, once it was
-- known, by its county's full package, which repeats what has not changed; 2. what came after that time, rows and
-- decisions that were decided by the day; 3. corrected: entered in error, mended after it was held, or told again for a
-- day that had been told; 4. late: the rest of the news, or a household that came into the month though it was
-- registered before it and comes from no other household; 5. real: what else differs between two months.
with

changed as (
    select
        changed.step_id,
        changed.household_key,
        changed.county_id,
        changed.registered_on,
        changed.before_place,
        changed.after_place,
        changed.before_provisional,
        changed.after_provisional,
        steps.step,
        steps.after_cut_id,
        steps.before_state_on,
        steps.before_known_by,
        steps.after_state_on,
        steps.after_known_by
    from {{ ref('int_changed_households') }} as changed
    inner join {{ ref('int_change_steps') }} as steps
        on changed.step_id = steps.step_id
),

rows_told as (
    select
        household_key,
        as_of,
        known_at
    from {{ ref('int_household_versions') }}
    union all
    select
        household_key,
        as_of,
        known_at
    from {{ ref('int_person_versions') }}
),

told as (
    select
        changed.step_id,
        changed.household_key,
        max(rows_told.as_of) filter (where rows_told.known_at <= changed.before_known_by) as told_until,
        max(rows_told.as_of) filter (where rows_told.known_at > changed.before_known_by) as news_until
    from changed
    inner join rows_told
        on
            changed.household_key = rows_told.household_key
            and changed.after_state_on >= rows_told.as_of
            and changed.after_known_by >= rows_told.known_at
    where changed.step = 'news'
    group by changed.step_id, changed.household_key
),

packages as (
    select
        attempts.county_id,
        attempts.as_of,
        attempts.known_at
    from {{ ref('stg_ledger__attempts') }} as attempts
    left join {{ ref('stg_ledger__attempt_states') }} as states
        on attempts.attempt_id = states.attempt_id
    where
        attempts.kind = 'full'
        and attempts.readable
        and coalesce(states.state, 'accepted') not in ('rejected', 'held')
),

counties as (
    select distinct
        step_id,
        county_id,
        before_state_on,
        before_known_by
    from changed
    where step = 'news'
),

counties_told as (
    select
        counties.step_id,
        counties.county_id,
        max(packages.as_of) as told_until
    from counties
    inner join packages
        on
            counties.county_id = packages.county_id
            and counties.before_state_on >= packages.as_of
            and counties.before_known_by >= packages.known_at
    group by counties.step_id, counties.county_id
),

-- What was decided later than the day explains nothing of it.
decided_by_any_version as (
    select
        county_id,
        decision_id,
        min(decided_on) as decided_on
    from {{ ref('int_decision_versions') }}
    group by county_id, decision_id
),

decisions_told as (
    select
        changed.step_id,
        changed.household_key,
        decisions.decision_id,
        min(decisions.known_at) > changed.before_known_by as is_new,
        max(decisions.known_at) > changed.before_known_by as is_news
    from changed
    inner join {{ ref('int_decision_versions') }} as decisions
        on changed.household_key = decisions.household_key and changed.after_known_by >= decisions.known_at
    inner join decided_by_any_version as decided
        on
            decisions.county_id = decided.county_id
            and decisions.decision_id = decided.decision_id
            and changed.after_state_on >= decided.decided_on
    where changed.step = 'news'
    group by changed.step_id, changed.household_key, decisions.decision_id, changed.before_known_by
),

decided as (
    select
        step_id,
        household_key,
        bool_or(is_new) as newly,
        bool_or(is_news) as at_all
    from decisions_told
    group by step_id, household_key
),

last_rows as (
    select
        changed.step_id,
        changed.household_key,
        max_by(
            case when versions.operation = 'close' then coalesce(versions.close_reason, '') else '' end,
            (versions.as_of, versions.known_at, versions.number, versions.file, versions.row)
        ) as close_reason
    from changed
    inner join {{ ref('int_household_versions') }} as versions
        on
            changed.household_key = versions.household_key
            and changed.after_state_on >= versions.as_of
            and changed.after_known_by >= versions.known_at
    where changed.after_place is null
    group by changed.step_id, changed.household_key
)

select
    changed.step_id,
    changed.household_key,
    case
        when last_rows.close_reason = 'entered_in_error' then 'corrected'
        when
            changed.step = 'month'
            and changed.before_place is null
            and changed.registered_on <= changed.before_state_on
            and origins.household_key is null
            then 'late'
        when changed.step = 'month' then 'real'
        when changed.before_provisional and not changed.after_provisional then 'corrected'
        when told.told_until is null then 'late'
        when told.news_until > greatest(told.told_until, coalesce(counties_told.told_until, told.told_until))
            then 'late'
        when told.news_until is not null then 'corrected'
        when decided.at_all and not decided.newly then 'corrected'
        else 'late'
    end as kind
from changed
left join told
    on changed.step_id = told.step_id and changed.household_key = told.household_key
left join counties_told
    on changed.step_id = counties_told.step_id and changed.county_id = counties_told.county_id
left join decided
    on changed.step_id = decided.step_id and changed.household_key = decided.household_key
left join last_rows
    on changed.step_id = last_rows.step_id and changed.household_key = last_rows.household_key
left join {{ ref('int_household_origins') }} as origins
    on changed.after_cut_id = origins.cut_id and changed.household_key = origins.household_key
