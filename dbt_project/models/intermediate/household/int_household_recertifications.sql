-- Grain: household of the night whose file is kept: every one but applicants and refused ones.
-- Steps: 1. the day on which an office last looked at the whole household: its survey, its registration, its taking
-- into monitoring or the decision of its exit, whichever came last; 2. the day by which the standard in force where it
-- lives asks for the next look. A file of which no such day is known is due now.
with

confirmed as (
    select
        households.household_key,
        households.county_code,
        greatest(
            case when households.surveyed_on <= {{ night() }} then households.surveyed_on end,
            households.registered_on,
            households.monitoring_identified_on,
            status.exit_decided_on
        ) as file_confirmed_on
    from {{ ref('int_households') }} as households
    inner join {{ ref('int_household_status') }} as status
        on households.cut_id = status.cut_id and households.household_key = status.household_key
    where households.cut_id = 'night' and status.status not in ('applicant', 'refused')
),

due as (
    select
        confirmed.household_key,
        confirmed.file_confirmed_on,
        {{ months_after('confirmed.file_confirmed_on', 'limits.value') }} as recertification_due_on
    from confirmed
    inner join {{ ref('int_county_standards') }} as limits
        on confirmed.county_code = limits.county_code and limits.subject = 'household_file_age_max_months'
)

select
    household_key,
    file_confirmed_on,
    recertification_due_on,
    coalesce(recertification_due_on < {{ night() }}, true) as recertification_overdue
from due
