-- Grain: open cut and person of a household that is in the marts, those who left included.
-- Steps: 1. accepted persons in force of accepted households; 2. held persons of provisional households, the last row
-- of the attempt; 3. the day a person joined, by any version visible; 4. whether the person is a member at the cut,
-- and was one at the end of the household's income year: those who came later are left out, those who left later
-- count. Whoever was omitted earlier (14) had come before, and whoever was registered wrongly (25) never did.
{% set columns = ['cut_id', 'household_key', 'person_no'] + contract_columns('persons')['columns'] %}
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

placed as (
    select
        together.*,
        cuts.state_on,
        make_date(cast(coalesce(households.income_year, year(cuts.state_on)) as integer), 9, 30) as income_year_end,
        greatest(
            case when together.change_kind like '1%' and together.change_kind <> '14' then together.changed_on end,
            joined.joined_on,
            together.birth_date
        ) as joined_on,
        case
            when together.operation = 'close' then coalesce(together.closed_on, together.changed_on, cuts.state_on)
            when together.change_kind like '2%' then coalesce(together.changed_on, cuts.state_on)
        end as left_on
    from together
    inner join {{ ref('int_households') }} as households
        on
            together.cut_id = households.cut_id
            and together.household_key = households.household_key
            and together.of_provisional = households.provisional
    inner join {{ ref('int_open_cuts') }} as cuts
        on together.cut_id = cuts.cut_id
    left join joined
        on
            together.cut_id = joined.cut_id
            and together.household_key = joined.household_key
            and together.person_no = joined.person_no
)

select
    {{ columns | join(',\n    ') }},
    of_provisional,
    {{ full_years('birth_date', 'state_on') }} as age,
    left_on is null or left_on > state_on as is_member,
    coalesce(joined_on <= income_year_end, true)
    and coalesce(left_on > income_year_end, true)
    and coalesce(change_kind <> '25', true) as is_income_member
from placed
