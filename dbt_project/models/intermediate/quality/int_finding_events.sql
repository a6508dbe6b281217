-- Grain: finding and attempt that showed it, or that could have shown it again and did not.
-- Steps: 1. each finding with what it is about; 2. the attempts that showed it; 3. later ones that could have: about a
-- row, one that sent a row of that key again, or a full package with a readable file of the dataset; about a household,
-- one that sent rows of the same dataset for it, or a full package with the household in it; about a file or a row
-- without key, one with a readable file of that dataset; about a package, one that was not refused. Attempts are
-- numbered by county, so the later one has the higher number whatever code it came under. 4. The decision on a match
-- that silences a finding comes before the packages of its night. 5. Each with the night from which its office has
-- taken the attempt back.
with

told as (
    select
        finding_id,
        max(county_id) as county_id,
        max(dataset) as dataset,
        max(household_key) as household_key,
        max(row_key) as row_key,
        max(about) as about,
        min(number) as number
    from {{ ref('int_finding_occurrences') }}
    group by finding_id
),

readable_files as (
    select distinct
        attempts.county_id,
        attempts.attempt_id,
        attempts.number,
        attempts.night,
        attempts.kind,
        files.dataset
    from {{ ref('stg_ledger__files') }} as files
    inner join {{ ref('stg_ledger__attempts') }} as attempts
        on files.attempt_id = attempts.attempt_id
    where files.readable
),

together as (
    select
        finding_id,
        attempt_id,
        number,
        night,
        true as is_found
    from {{ ref('int_finding_occurrences') }}
    union all
    select
        told.finding_id,
        touches.attempt_id,
        touches.number,
        touches.night,
        false as is_found
    from told
    inner join {{ ref('int_row_touches') }} as touches
        on
            told.row_key = touches.row_key
            and told.dataset = touches.dataset
            and told.county_id = touches.county_id
            and told.number < touches.number
    where told.about = 'row'
    union all
    select
        told.finding_id,
        touches.attempt_id,
        touches.number,
        touches.night,
        false as is_found
    from told
    inner join {{ ref('int_household_touches') }} as touches
        on
            told.household_key = touches.household_key
            and told.number < touches.number
            and (told.dataset = touches.dataset or (touches.dataset = 'households' and touches.kind = 'full'))
    where told.about = 'household'
    union all
    select
        told.finding_id,
        files.attempt_id,
        files.number,
        files.night,
        false as is_found
    from told
    inner join readable_files as files
        on
            told.dataset = files.dataset
            and told.county_id = files.county_id
            and told.number < files.number
    where told.about = 'file' or (told.about = 'row' and files.kind = 'full')
    union all
    select
        told.finding_id,
        attempts.attempt_id,
        attempts.number,
        attempts.night,
        false as is_found
    from told
    inner join {{ ref('stg_ledger__attempts') }} as attempts
        on
            told.county_id = attempts.county_id
            and told.number < attempts.number
            and attempts.refusal is null
    where told.about = 'package'
),

silenced as (
    select
        night,
        {{ explode_list("array_to_string(silenced, ',')") }} as finding_id
    from {{ ref('stg_ledger__match_decisions') }}
),

of_attempts as (
    select
        finding_id,
        attempt_id,
        number,
        min(night) as night,
        bool_or(is_found) as is_found
    from together
    group by finding_id, attempt_id, number
)

select
    of_attempts.finding_id,
    of_attempts.attempt_id,
    of_attempts.number,
    of_attempts.night,
    of_attempts.is_found,
    withdrawals.night as withdrawn_night
from of_attempts
left join {{ ref('stg_ledger__withdrawals') }} as withdrawals
    on of_attempts.attempt_id = withdrawals.attempt_id
union all
select distinct
    silenced.finding_id,
    cast(null as varchar) as attempt_id,
    0 as number,
    silenced.night,
    false as is_found,
    cast(null as date) as withdrawn_night
from silenced
inner join told
    on silenced.finding_id = told.finding_id
