-- The floor's marts: the figures of household.members, household.households and household.household_causes, and poverty
-- by county, straight from tonight's rows. No versions, no held or provisional rows, no cut but the night.

create temp table standards as
select subject, jurisdiction, valid_from, valid_to, value from facts_standards;

create temp table national as
select subject, any_value(value) as value from standards
where jurisdiction = 'CN' and getvariable('night') between valid_from and valid_to group by subject;

create temp table bounds as
select
    max(value) filter (where subject = 'work_age_min_years') as work_age_min,
    max(value) filter (where subject = 'work_age_max_years') as work_age_max,
    max(value) filter (where subject = 'school_age_primary_min_years') as school_age_min
from national;

create temp table lines as
select
    counties.county_code,
    years.income_year,
    max_by(value, if(jurisdiction = 'CN', 0, length(jurisdiction))) filter (where subject = 'poverty_line')
        as poverty_line,
    max_by(value, if(jurisdiction = 'CN', 0, length(jurisdiction))) filter (where subject = 'monitoring_range')
        as monitoring_line
from (select distinct substr(village_code, 1, 6) as county_code from typed_households) as counties
cross join (select distinct income_year from typed_households) as years
inner join standards
    on make_date(cast(years.income_year as integer), 9, 30) between valid_from and valid_to
    and (jurisdiction = 'CN' or starts_with(counties.county_code, jurisdiction))
group by all;

create temp table persons as
select
    persons.*,
    datesub('year', persons.birth_date, persons.as_of) as age,
    make_date(cast(coalesce(households.income_year, year(persons.as_of)) as integer), 9, 30) as income_year_end,
    case when change_kind like '2%' then coalesce(changed_on, persons.as_of) end as left_on,
    greatest(case when change_kind like '1%' then changed_on end, persons.birth_date) as joined_on
from typed_persons as persons
inner join typed_households as households using (household_key);

create temp table members as
select
    household_key,
    person_no,
    sex,
    relation,
    case
        when age is null then 'unknown' when age < 6 then '0-5' when age < 16 then '6-15' when age < 25 then '16-24'
        when age < 45 then '25-44' when age < 60 then '45-59' when age < 75 then '60-74' else '75+'
    end as age_band,
    education, schooling, health, labour, work_place, work_months, medical_insurance, serious_illness_insurance,
    pension_insurance
from persons
where left_on is null or left_on > as_of;

create temp table household_members as
with counted as (
    select
        persons.*,
        left_on is null or left_on > as_of as is_member,
        coalesce(joined_on <= income_year_end, true) and coalesce(left_on > income_year_end, true) as is_income_member,
        age > school_age_min and age < work_age_min as school_aged,
        schooling = '01' and coalesce(education not in ('3', '4', '5'), true) as left_early,
        age < work_age_min as is_child,
        age > work_age_max as is_elderly
    from persons cross join bounds
)
select
    household_key,
    count(*) filter (where is_member) as members,
    count(*) filter (where is_income_member) as income_members,
    count(*) filter (where is_member and is_child) as children,
    count(*) filter (where is_member and is_elderly) as elderly,
    count(*) filter (where is_member and health in ('2', '3')) as ill,
    count(*) filter (where is_member and health = '4') as disabled,
    count(*) filter (where is_member and not is_child and not is_elderly and labour in ('1', '2')) as labour_force,
    count(*) filter (where is_member and schooling <> '01') as students,
    count(*) filter (where is_member and work_place is not null) as working_away,
    count(*) filter (where is_member and school_aged and left_early) as out_of_school,
    count(*) filter (where is_member and (age is null or (school_aged and schooling is null))) as schooling_unknown,
    count(*) filter (where is_member and (not medical_insurance or not serious_illness_insurance))
        as without_medical_cover,
    count(*) filter (
        where is_member and coalesce(medical_insurance, true) and coalesce(serious_illness_insurance, true)
        and (medical_insurance is null or serious_illness_insurance is null)
    ) as medical_cover_unknown
from counted group by household_key;

create temp table acts as
select
    household_key,
    max(decided_on) filter (where act = 'exit') as exit_decided_on,
    max(decided_on) filter (where act = 'return') as return_decided_on,
    max_by(act, (decided_on, decision_id)) as last_act
from typed_decisions where decided_on <= getvariable('night') group by household_key;

create temp table helpers as
select
    household_key, max_by(staff_id, from_date) as helper, max(from_date) as helper_from,
    count(distinct staff_id) as helpers
from typed_assignments
where from_date <= getvariable('night') and (to_date is null or to_date >= getvariable('night'))
group by household_key;

create temp table visits as
select household_key, max(visited_on) as last_visit_on, count(*) as visits
from typed_visits where visited_on <= getvariable('night') group by household_key;

create temp table pending as
select distinct household_key from typed_applications
where status = 'pending' and applied_on <= getvariable('night');

create temp table households as
with incomes as (
    select
        households.*,
        coalesce(members, 0) as members,
        members.* exclude (household_key, members),
        wage_income + business_income + property_income + transfer_income - production_costs as net,
        substr(village_code, 1, 6) as county_code
    from typed_households as households left join household_members as members using (household_key)
),
lined as (
    select
        incomes.*,
        cast(round(net / nullif(income_members, 0), 2) as decimal(18, 2)) as income_per_head,
        cast(round((net - assistance_income) / nullif(income_members, 0), 2) as decimal(18, 2))
            as income_per_head_before_assistance,
        lines.poverty_line,
        lines.monitoring_line
    from incomes left join lines using (county_code, income_year)
),
judged as (
    select
        lined.*,
        income_per_head < poverty_line as poor,
        income_per_head_before_assistance < poverty_line as poor_before_assistance,
        income_per_head < monitoring_line as below_monitoring_line,
        case
            when income_per_head is null or poverty_line is null then 'unknown'
            when income_per_head < poverty_line then 'not_met' when income_per_head > poverty_line then 'met'
            else 'at_line'
        end as income_condition,
        case
            when food_clothing_secure then 'met' when not food_clothing_secure then 'not_met' else 'unknown'
        end as food_clothing,
        case
            when out_of_school > 0 then 'not_met' when members = 0 or schooling_unknown > 0 then 'unknown' else 'met'
        end as schooling,
        case
            when without_medical_cover > 0 then 'not_met' when members = 0 or medical_cover_unknown > 0 then 'unknown'
            else 'met'
        end as medical_cover,
        case
            when housing_grade in ('A', 'B') then 'met' when housing_grade in ('C', 'D') then 'not_met'
            else 'unknown'
        end as housing,
        case when water_safe then 'met' when not water_safe then 'not_met' else 'unknown' end as water
    from lined
),
counted as (
    select
        judged.*,
        len(list_filter(
            [income_condition, food_clothing, schooling, medical_cover, housing, water], lambda x: x = 'not_met'
        )) as deprivations,
        coalesce(monitoring_class, '0') <> '0' as monitored
    from judged
)
select
    counted.*,
    helpers.* exclude (household_key),
    visits.* exclude (household_key),
    case
        when exit_flag = '3' then 'returned'
        when exit_flag = '2' then 'pre_exit'
        when exit_flag = '1' and exit_decided_on >= coalesce(return_decided_on, exit_decided_on) then 'exited'
        when exit_flag = '1' then 'exit_undecided'
        when registered_on is not null then 'registered'
        when monitored then 'monitored'
        when last_act = 'refuse' then 'refused'
        else 'applicant'
    end as status,
    status in ('registered', 'pre_exit', 'returned', 'exit_undecided')
    or (monitored and coalesce(risk_status, '1') = '1')
    or (pending.household_key is not null and deprivations > 0) as in_need
from counted
left join acts using (household_key)
left join helpers using (household_key)
left join visits using (household_key)
left join pending using (household_key);

create temp table household_causes as
select household_key, main_cause as cause, true as is_main from households where main_cause is not null
union all
select distinct household_key, cause, false
from (select household_key, main_cause, unnest(string_split(other_causes, ',')) as cause from households)
where cause is distinct from main_cause;

create temp table poverty as
select
    county_code,
    count(*) as registered,
    sum(members) as persons,
    count(*) filter (where poor) as below_line,
    count(*) filter (where poor) / count(poor) as headcount,
    avg(if(poor, (poverty_line - greatest(income_per_head, 0)) / cast(poverty_line as double), 0)) as gap
from households where status not in ('applicant', 'refused') group by county_code;
