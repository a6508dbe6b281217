-- Grain: open cut and household in the marts.
-- Steps: counts of its members by what matters to need; ages are bounded by the standards in force. Of compulsory age
-- is who is older than the age of entry (children enter in the autumn after it) and younger than the working age.
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
    from {{ ref('int_persons') }} as persons
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
from {{ ref('int_households') }} as households
left join persons
    on households.cut_id = persons.cut_id and households.household_key = persons.household_key
group by households.cut_id, households.household_key
