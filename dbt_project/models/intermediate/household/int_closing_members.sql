-- Grain: household and day of a close by which its exit was carried out.
-- Steps: 1. its members as last told before that day; 2. counts of them by what matters to need, by the same rule as at
-- a cut, of the age they had on that day.
with

closings as (
    select * from {{ ref('int_closing_exits') }}
),

closing_days as (
    select distinct
        cut_id,
        stepped_on as state_on
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
)

select
    closings.stepped_on,
    members.*
from closing_members as members
inner join closings
    on members.cut_id = closings.cut_id and members.household_key = closings.household_key
