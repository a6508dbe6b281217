-- Grain: county and night on which a report of it was due.
-- Steps: 1. nights on which a county had an inbox account, of those that a scorecard told tonight may look at; 2. what
-- came from it that night, also under an older code; 3. the first night, this one or a later one, on which a package
-- came, and on which one was taken. A package that the county took back itself counts as taken: saying so must not cost
-- anything. What an office's night came to is in quality.reporting; here a county is asked whether it reported at all:
-- a package that could be read is a report, also where no row of it could be taken.
with

expected as (
    select distinct
        county_id,
        night
    from {{ ref('stg_ledger__accounts') }}
    where
        submitter_kind = 'county'
        and night > {{ night() }} - cast({{ national_standard('county_score_nights_told') }} as integer)
        - (select max(indicators.window_nights) from {{ ref('county_score_indicators') }} as indicators)
),

came as (
    select
        attempts.county_id,
        attempts.night,
        bool_or(attempts.refusal is null or states.state = 'withdrawn') as readable,
        bool_or(states.state is not null and states.state <> 'rejected') as taken
    from {{ ref('stg_ledger__attempts') }} as attempts
    left join {{ ref('stg_ledger__attempt_states') }} as states
        on attempts.attempt_id = states.attempt_id
    group by attempts.county_id, attempts.night
),

files as (
    select
        attempts.county_id,
        attempts.night,
        count(*) as files,
        count(*) filter (where files.readable and files.refusal is null) as files_read
    from {{ ref('stg_ledger__files') }} as files
    inner join {{ ref('stg_ledger__attempts') }} as attempts
        on files.attempt_id = attempts.attempt_id
    group by attempts.county_id, attempts.night
),

received as (
    select
        attempts.county_id,
        attempts.night,
        sum(conservation.received) as received
    from {{ ref('stg_ledger__conservation') }} as conservation
    inner join {{ ref('stg_ledger__attempts') }} as attempts
        on conservation.attempt_id = attempts.attempt_id
    group by attempts.county_id, attempts.night
),

first_came as (
    select
        expected.county_id,
        expected.night,
        min(came.night) as first_attempt_night,
        min(came.night) filter (where came.taken) as first_accepted_night
    from expected
    inner join came
        on expected.county_id = came.county_id and expected.night <= came.night
    group by expected.county_id, expected.night
)

select
    expected.county_id,
    expected.night,
    coalesce(came.readable, false) as reported,
    first_came.first_attempt_night,
    first_came.first_accepted_night,
    cast(coalesce(files.files, 0) as bigint) as files,
    cast(coalesce(files.files_read, 0) as bigint) as files_read,
    cast(coalesce(received.received, 0) as bigint) as received
from expected
left join came
    on expected.county_id = came.county_id and expected.night = came.night
left join files
    on expected.county_id = files.county_id and expected.night = files.night
left join received
    on expected.county_id = received.county_id and expected.night = received.night
left join first_came
    on expected.county_id = first_came.county_id and expected.night = first_came.night
