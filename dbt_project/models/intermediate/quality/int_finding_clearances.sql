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
    {{ later_attempts('last_seen') | indent(4) }}
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
