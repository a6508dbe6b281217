-- Grain: open cut and person of a household that is in the marts, those who left included.
-- Steps: 1. accepted persons in force of accepted households; 2. held persons of provisional households, the last row
-- of the attempt; 3. the day a person joined, by any version visible; 4. whether the person is a member at the cut,
-- and was one at the end of the household's income year: those who came later are left out, those who left later
-- count. Whoever was omitted earlier (14) had come before, and whoever was registered wrongly (25) never did.
{% set columns = person_columns() %}
with

accepted as (
    {{ in_force_at_cuts('persons', ref('int_person_versions'), ref('int_open_cuts'), keep_closed=true) | indent(4) }}
),

held as (
    select
        holds.cut_id,
        rows_held.*,
        row_number() over (
            partition by holds.cut_id, rows_held.household_key, rows_held.person_no
            order by rows_held.number desc, rows_held.row desc
        ) as recency
    from {{ ref('stg_held__persons') }} as rows_held
    inner join {{ ref('int_open_holds') }} as holds
        on
            rows_held.household_key = holds.household_key
            and rows_held.attempt_id = holds.attempt_id
            and holds.dataset = 'persons'
    where rows_held.person_no is not null
),

together as (
    select {{ columns | join(', ') }}, false as of_provisional from accepted
    union all
    select {{ columns | join(', ') }}, true as of_provisional from held
    where recency = 1
),

joined as (
    select
        cuts.cut_id,
        versions.household_key,
        versions.person_no,
        max(versions.changed_on) as joined_on
    from {{ ref('int_person_versions') }} as versions
    inner join {{ ref('int_open_cuts') }} as cuts
        on versions.as_of <= cuts.state_on and versions.known_at <= cuts.known_by
    where versions.change_kind like '1%' and versions.change_kind <> '14'
    group by cuts.cut_id, versions.household_key, versions.person_no
),

at_cuts as (
    {{ persons_at_cuts('together', 'joined', ref('int_households'), ref('int_open_cuts')) | indent(4) }}
)

select * from at_cuts
