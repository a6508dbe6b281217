-- Grain: household, day of a close by which its exit was carried out, and condition.
-- Steps: 1. its members as last told before that day, and of what age they were on it; 2. the conditions by the same
-- rule as at a cut, as known tonight: the household has left every cut on or after its close.
-- depends_on: {{ ref('int_standard_versions') }}
with

closings as (
    select * from {{ ref('int_closing_exits') }}
),

closing_days as (
    select distinct
        cut_id,
        stepped_on as state_on,
        {{ known_at() }} as known_by
    from closings
),

told as (
    select
        closings.cut_id,
        versions.*,
        false as of_provisional,
        row_number() over (
            partition by closings.cut_id, versions.household_key, versions.person_no
            order by
                versions.as_of desc,
                versions.known_at desc,
                versions.number desc,
                versions.file desc,
                versions.row desc
        ) as recency
    from {{ ref('int_person_versions') }} as versions
    inner join closings
        on versions.household_key = closings.household_key and versions.as_of < closings.stepped_on
),

last_told as (
    select * from told
    where recency = 1
),

joined as (
    select
        cut_id,
        household_key,
        person_no,
        max(changed_on) as joined_on
    from told
    where change_kind like '1%' and change_kind <> '14'
    group by cut_id, household_key, person_no
),

closing_persons as (
    {{ persons_at_cuts('last_told', 'joined', 'closings', 'closing_days') | indent(4) }}
),

closing_members as (
    {{ household_members('closings', 'closing_persons') | indent(4) }}
),

closing_lines as (
    {{ county_lines('closings', 'closing_days') | indent(4) }}
),

closing_incomes as (
    {{ household_incomes('closings', 'closing_members', 'closing_lines', 'closing_days') | indent(4) }}
),

closing_conditions as (
    {{ household_conditions('closings', 'closing_incomes', 'closing_members') | indent(4) }}
)

select
    closings.household_key,
    closings.stepped_on,
    conditions.condition,
    conditions.state
from closing_conditions as conditions
inner join closings
    on conditions.cut_id = closings.cut_id and conditions.household_key = closings.household_key
