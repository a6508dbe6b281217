-- Grain: household, dataset and attempt whose rows were accepted or held.
-- Steps: 1. the households of which a row was ever held or a finding told: of no other does anybody ask; 2. their rows
-- in every dataset with a household_key, accepted and held; 3. one row each, with the rules that hold it, and whether
-- it does nothing but close the household.
{% set datasets = [
    'households', 'persons', 'measures', 'assignments', 'visits', 'applications', 'decisions', 'grievances'
] %}
with

asked_for as (
    select household_key
    from {{ ref('int_finding_occurrences') }}
    where household_key is not null
    {% for dataset in datasets %}
    union
    select household_key
    from {{ ref('stg_held__' ~ dataset) }}
    where household_key is not null
    {% endfor %}
),

{% for dataset in datasets %}
{% set closes = "coalesce(operation, 'upsert') = 'close'" if dataset == 'households' else 'false' %}
{{ dataset }} as (
    select
        household_key,
        county_id,
        attempt_id,
        number,
        night,
        as_of,
        known_at,
        {{ closes }} as closes,
        false as held,
        cast([] as varchar[]) as held_by
    from {{ ref('stg_accepted__' ~ dataset) }}
    where household_key is not null
    union all
    select
        household_key,
        county_id,
        attempt_id,
        number,
        night,
        as_of,
        known_at,
        {{ closes }} as closes,
        true as held,
        held_by
    from {{ ref('stg_held__' ~ dataset) }}
    where household_key is not null
),

{% endfor %}
touches as (
    {% for dataset in datasets %}
    select
        '{{ dataset }}' as dataset,
        {{ dataset }}.*
    from {{ dataset }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    touches.household_key,
    touches.dataset,
    touches.county_id,
    touches.attempt_id,
    touches.number,
    touches.night,
    touches.known_at,
    touches.held,
    min(touches.as_of) as as_of,
    bool_and(touches.closes) as closes,
    coalesce(max(attempts.kind), 'changes') as kind,
    list_sort(list_distinct(flatten(array_agg(coalesce(touches.held_by, cast([] as varchar[])))))) as held_by
from touches
inner join asked_for
    on touches.household_key = asked_for.household_key
left join {{ ref('stg_ledger__attempts') }} as attempts
    on touches.attempt_id = attempts.attempt_id
group by
    touches.household_key, touches.dataset, touches.county_id, touches.attempt_id, touches.number, touches.night,
    touches.known_at, touches.held
