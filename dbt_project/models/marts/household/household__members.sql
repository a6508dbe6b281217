-- Grain: one member of a household as it stands on the night.
-- Steps: 1. persons of the households in the marts who have not left; the birth date becomes an age band, no person
-- hash; 2. whether another household has the same person, and in which of them the person counts.
select
    persons.household_key,
    cast(persons.person_no as integer) as person_no,
    persons.sex,
    persons.relation,
    case
        when persons.age is null then 'unknown'
        when persons.age < 6 then '0-5'
        when persons.age < 16 then '6-15'
        when persons.age < 25 then '16-24'
        when persons.age < 45 then '25-44'
        when persons.age < 60 then '45-59'
        when persons.age < 75 then '60-74'
        else '75+'
    end as age_band,
    persons.education,
    persons.schooling,
    persons.health,
    persons.labour,
    persons.work_place,
    cast(persons.work_months as integer) as work_months,
    persons.medical_insurance,
    persons.serious_illness_insurance,
    persons.pension_insurance,
    persons.is_income_member,
    persons.of_provisional as provisional,
    shared.person_no is not null as in_another_household,
    coalesce(shared.counts_here, true) as counts_here
from {{ ref('int_persons') }} as persons
left join {{ ref('int_shared_members') }} as shared
    on
        persons.cut_id = shared.cut_id
        and persons.household_key = shared.household_key
        and persons.person_no = shared.person_no
where persons.cut_id = 'night' and persons.is_member
