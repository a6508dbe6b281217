-- Grain: row key on which there is a finding, and attempt whose row of that key was accepted or held.
-- Steps: 1. the keys of rows on which a finding was ever told: of no other does anybody ask; 2. their rows, accepted
-- and held, an adding and a closing one alike; 3. once for each attempt, with the first night that took one.
with

asked_for as (
    select distinct
        county_id,
        dataset,
        row_key
    from {{ ref('int_finding_occurrences') }}
    where about = 'row'
),

sent as (
    select * from {{ ref('stg_accepted__row_keys') }}
    union all
    select * from {{ ref('stg_held__row_keys') }}
)

select
    sent.county_id,
    sent.dataset,
    sent.row_key,
    sent.attempt_id,
    sent.number,
    min(sent.night) as night
from sent
inner join asked_for
    on
        sent.row_key = asked_for.row_key
        and sent.dataset = asked_for.dataset
        and sent.county_id = asked_for.county_id
group by sent.county_id, sent.dataset, sent.row_key, sent.attempt_id, sent.number
