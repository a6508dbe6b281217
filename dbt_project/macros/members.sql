{# The relations have a cut_id and a household_key; `households` has the columns of households and county_code, `cuts` has
   state_on and known_by. So the same rule holds for households at cuts (int_persons, int_household_members, which say the steps) and for
   households that were closed (int_closing_conditions). #}

{# The columns of a person at a cut. #}
{% macro person_columns() %}
{{ return(['cut_id', 'household_key', 'person_no'] + contract_columns('persons')['columns']) }}
{% endmacro %}

{# Whether persons are members at the cut. `together` has their last rows and of_provisional, `joined` the last day on
   which one joined. #}
{% macro persons_at_cuts(together, joined, households, cuts) %}
with

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
    from {{ together }} as together
    inner join {{ households }} as households
        on
            together.cut_id = households.cut_id
            and together.household_key = households.household_key
            and together.of_provisional = households.provisional
    inner join {{ cuts }} as cuts
        on together.cut_id = cuts.cut_id
    left join {{ joined }} as joined
        on
            together.cut_id = joined.cut_id
            and together.household_key = joined.household_key
            and together.person_no = joined.person_no
)

select
    {{ person_columns() | join(',\n    ') }},
    of_provisional,
    {{ full_years('birth_date', 'state_on') }} as age,
    left_on is null or left_on > state_on as is_member,
    coalesce(joined_on <= income_year_end, true)
    and coalesce(left_on > income_year_end, true)
    and coalesce(change_kind <> '25', true) as is_income_member
from placed
{%- endmacro %}

{% macro household_members(households, persons) %}
with

bounds as (
    select
        {{ national_standard('work_age_min_years') }} as work_age_min,
        {{ national_standard('work_age_max_years') }} as work_age_max,
        {{ national_standard('school_age_primary_min_years') }} as school_age_min
),

persons as (
    select
        persons.*,
        persons.age > bounds.school_age_min and persons.age < bounds.work_age_min as school_aged,
        -- Who has finished junior middle school owes no more schooling.
        persons.schooling = '01' and coalesce(persons.education not in ('3', '4', '5'), true) as left_early,
        persons.age < bounds.work_age_min as is_child,
        persons.age > bounds.work_age_max as is_elderly,
        persons.age between bounds.work_age_min and bounds.work_age_max as is_work_aged
    from {{ persons }} as persons
    cross join bounds
)

select
    households.cut_id,
    households.household_key,
    count(persons.person_no) filter (where persons.is_member) as members,
    count(persons.person_no) filter (where persons.is_income_member) as income_members,
    -- A household whose head nobody names, or which names several, tells no sex of the head.
    case
        when count(*) filter (where persons.is_member and persons.relation = '01') = 1
            then max(persons.sex) filter (where persons.is_member and persons.relation = '01')
    end as head_sex,
    count(*) filter (where persons.is_member and persons.age is null) as age_unknown,
    count(*) filter (where persons.is_member and persons.health is null) as health_unknown,
    count(*) filter (where persons.is_member and persons.is_child) as children,
    count(*) filter (where persons.is_member and persons.is_elderly) as elderly,
    count(*) filter (where persons.is_member and persons.health in ('2', '3')) as ill,
    count(*) filter (where persons.is_member and persons.health = '3') as seriously_ill,
    count(*) filter (where persons.is_member and persons.health = '4') as disabled,
    count(*) filter (where persons.is_member and persons.is_work_aged and persons.labour in ('1', '2')) as labour_force,
    count(*) filter (where persons.is_member and persons.labour = '5') as weak_labour,
    count(*) filter (where persons.is_member and persons.schooling <> '01') as students,
    count(*) filter (where persons.is_member and persons.work_place is not null) as working_away,
    count(*) filter (where persons.is_member and persons.school_aged) as school_aged,
    count(*) filter (where persons.is_member and persons.school_aged and persons.left_early) as out_of_school,
    count(*) filter (
        where persons.is_member and (persons.age is null or (persons.school_aged and persons.schooling is null))
    ) as schooling_unknown,
    count(*) filter (
        where persons.is_member and (not persons.medical_insurance or not persons.serious_illness_insurance)
    ) as without_medical_cover,
    count(*) filter (
        where
        persons.is_member
        and coalesce(persons.medical_insurance, true)
        and coalesce(persons.serious_illness_insurance, true)
        and (persons.medical_insurance is null or persons.serious_illness_insurance is null)
    ) as medical_cover_unknown
from {{ households }} as households
left join persons
    on households.cut_id = persons.cut_id and households.household_key = persons.household_key
group by households.cut_id, households.household_key
{%- endmacro %}
