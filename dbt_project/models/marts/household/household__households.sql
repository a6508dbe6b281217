-- Grain: one household as it stands on the night, held and provisional ones included.
-- Steps: 1. its last accepted version, or what could be read of a new one that is held; 2. incomes, conditions,
-- members, status, helper, visits and the age of its file
-- beside it; 3. labels of codes.
with

conditions as (
    select
        household_key,
        max(state) filter (where condition = 'income') as income_condition,
        max(state) filter (where condition = 'food_clothing') as food_clothing,
        max(state) filter (where condition = 'schooling') as schooling,
        max(state) filter (where condition = 'medical_cover') as medical_cover,
        max(state) filter (where condition = 'housing') as housing,
        max(state) filter (where condition = 'water') as water,
        count(*) filter (where state = 'not_met') as deprivations,
        count(*) filter (where state = 'unknown') as conditions_unknown,
        bool_and(state = 'met') as exit_conditions_met
    from {{ ref('int_household_conditions') }}
    where cut_id = 'night'
    group by household_key
),

cause_labels as (
    select
        code,
        label_zh,
        label_en
    from {{ ref('stg_lists__code_lists') }}
    where list = 'cause'
)

select
    households.household_key,
    households.county_id,
    households.province_code,
    households.prefecture_code,
    households.county_code,
    households.township_code,
    households.village_code,
    households.identification_standard,
    households.household_attribute,
    households.registered_on,
    status.status,
    status.in_need,
    households.exit_flag,
    households.exited_on,
    status.exit_decided_on,
    status.monitored,
    households.monitoring_class,
    households.monitoring_identified_on,
    households.risks,
    households.risk_status,
    households.risk_eliminated_on,
    households.main_cause,
    cause_labels.label_zh as main_cause_zh,
    cause_labels.label_en as main_cause_en,
    households.other_causes,
    incomes.income_year,
    cast(incomes.income_members as integer) as income_members,
    incomes.net_income,
    incomes.net_income_before_assistance,
    cast(incomes.income_per_head as decimal(18, 2)) as income_per_head,
    cast(incomes.income_per_head_before_assistance as decimal(18, 2)) as income_per_head_before_assistance,
    incomes.poverty_line,
    incomes.poverty_line_standard,
    incomes.poor,
    incomes.poor_before_assistance,
    incomes.monitoring_line,
    incomes.below_monitoring_line,
    conditions.income_condition,
    conditions.food_clothing,
    conditions.schooling,
    conditions.medical_cover,
    conditions.housing,
    conditions.water,
    cast(conditions.deprivations as integer) as deprivations,
    cast(conditions.conditions_unknown as integer) as conditions_unknown,
    conditions.exit_conditions_met,
    cast(members.members as integer) as members,
    cast(households.members_declared as integer) as members_declared,
    cast(coalesce(shared.shared_members, 0) as integer) as members_in_another_household,
    cast(coalesce(shared.counted_elsewhere, 0) as integer) as members_counted_elsewhere,
    cast(members.children as integer) as children,
    cast(members.elderly as integer) as elderly,
    cast(members.ill as integer) as ill,
    cast(members.disabled as integer) as disabled,
    cast(members.labour_force as integer) as labour_force,
    cast(members.students as integer) as students,
    cast(members.working_away as integer) as working_away,
    households.medical_cost,
    households.arable_land,
    households.irrigated_land,
    households.forest_land,
    households.pasture_land,
    households.housing_area,
    households.housing_grade,
    households.electricity,
    households.road_type,
    households.road_distance,
    households.fuel,
    helpers.helper_staff_key,
    cast(coalesce(helpers.helpers, 0) as integer) as helpers,
    helpers.last_visit_on,
    visits_due.household_key is not null as visit_overdue,
    households.surveyed_on,
    recertifications.file_confirmed_on,
    recertifications.recertification_due_on,
    coalesce(recertifications.recertification_overdue, false) as recertification_overdue,
    households.provisional,
    households.held,
    households.held_since_night,
    array_to_string(households.held_by, ',') as held_by,
    households.attempt_id,
    households.as_of,
    households.known_at
from {{ ref('int_households') }} as households
inner join {{ ref('int_household_status') }} as status
    on households.cut_id = status.cut_id and households.household_key = status.household_key
inner join {{ ref('int_household_incomes') }} as incomes
    on households.cut_id = incomes.cut_id and households.household_key = incomes.household_key
inner join {{ ref('int_household_members') }} as members
    on households.cut_id = members.cut_id and households.household_key = members.household_key
left join {{ ref('int_shared_households') }} as shared
    on households.cut_id = shared.cut_id and households.household_key = shared.household_key
left join conditions
    on households.household_key = conditions.household_key
left join cause_labels
    on households.main_cause = cause_labels.code
left join {{ ref('int_household_helpers') }} as helpers
    on households.household_key = helpers.household_key
left join {{ ref('int_visits_due') }} as visits_due
    on households.household_key = visits_due.household_key
left join {{ ref('int_household_recertifications') }} as recertifications
    on households.household_key = recertifications.household_key
where households.cut_id = 'night'
