-- Grain: household, track (registered, monitoring) and day from which its state on that track holds.
-- Steps: 1. of each day reported, the version known last; 2. its state on both tracks; 3. the days on which a state
-- differs from the one reported before, the first report included, with the day from which the next state holds.
with

reported as (
    select
        versions.*,
        row_number() over (
            partition by household_key, as_of
            order by known_at desc, number desc, file desc, row desc
        ) as recency
    from {{ ref('int_household_versions') }} as versions
),

states as (
    select
        reported.*,
        case
            when operation = 'close' then 'closed'
            when exit_flag = '3' then 'returned'
            when exit_flag = '2' then 'pre_exit'
            when exit_flag = '1' then 'exited'
            when registered_on is not null then 'registered'
            else 'candidate'
        end as registered_state,
        case
            when operation = 'close' then 'closed'
            when coalesce(monitoring_class, '0') = '0' then 'not_monitored'
            when risk_status = '2' then 'cleared_by_help'
            when risk_status = '3' then 'cleared_naturally'
            else 'risk_open'
        end as monitoring_state
    from reported
    where recency = 1
),

tracks as (
    {% for track in ['registered', 'monitoring'] %}
    select
        states.*,
        '{{ track }}' as track,
        {{ track }}_state as state
    from states
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

compared as (
    select
        tracks.*,
        lag(state) over in_order as from_state
    from tracks
    window in_order as (partition by household_key, track order by as_of)
)

select
    household_key,
    track,
    from_state,
    state,
    as_of as stepped_on,
    lead(as_of) over (partition by household_key, track order by as_of) as next_step_on,
    county_id,
    village_code,
    registered_on,
    monitoring_class,
    monitoring_identified_on,
    risk_eliminated_on,
    attempt_id,
    known_at
from compared
where from_state is distinct from state
