-- Grain: finding that no longer stands, with the night on which it was cleared.
-- Steps: a finding is cleared by the first later attempt that could have shown it again and did not: 1. about a
-- household, one that sent rows of the same dataset for it, or a full package with the household in it; 2. about a
-- file or a row without household, one with a readable file of that dataset; 3. about a package, one that was not
-- refused. Attempts are numbered by county, so the later one has the higher number whatever code it came under.
-- 4. A finding on a match is cleared by the decision that silences it.
with

last_seen as (
    select
        finding_id,
        max_by(county_id, number) as county_id,
        max_by(dataset, number) as dataset,
        max_by(household_key, number) as household_key,
        max(number) as number,
        max(night) as night
    from {{ ref('int_finding_occurrences') }}
    group by finding_id
),

silenced as (
    select
        night,
        {{ explode_list("array_to_string(silenced, ',')") }} as finding_id
    from {{ ref('stg_ledger__match_decisions') }}
),

covering as (
    select
        last_seen.finding_id,
        touches.night
    from last_seen
    inner join {{ ref('int_household_touches') }} as touches
        on
            last_seen.household_key = touches.household_key
            and last_seen.number < touches.number
            and (last_seen.dataset = touches.dataset or (touches.dataset = 'households' and touches.kind = 'full'))
    union all
    select
        last_seen.finding_id,
        files.night
    from last_seen
    inner join {{ ref('stg_ledger__files') }} as files
        on last_seen.dataset = files.dataset and files.readable
    inner join {{ ref('stg_ledger__attempts') }} as attempts
        on
            files.attempt_id = attempts.attempt_id
            and last_seen.county_id = attempts.county_id
            and last_seen.number < attempts.number
    where last_seen.household_key is null
    union all
    select
        last_seen.finding_id,
        attempts.night
    from last_seen
    inner join {{ ref('stg_ledger__attempts') }} as attempts
        on
            last_seen.county_id = attempts.county_id
            and last_seen.number < attempts.number
            and attempts.refusal is null
    where last_seen.household_key is null and last_seen.dataset is null
    union all
    select
        last_seen.finding_id,
        silenced.night
    from last_seen
    inner join silenced
        on last_seen.finding_id = silenced.finding_id and last_seen.night < silenced.night
)

select
    finding_id,
    min(night) as cleared_night
from covering
group by finding_id
