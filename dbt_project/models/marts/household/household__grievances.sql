-- Grain: one appeal or complaint.
-- Steps: grievances in force on the night, without those about a duty holder, which reach no county file and no
-- helper.
select
    county_id || '-' || grievance_id as grievance_key,
    submitter,
    household_key,
    grievance_kind,
    opened_on,
    resolved_on,
    outcome,
    resolved_on is null as is_open,
    attempt_id,
    as_of,
    known_at
from {{ ref('int_grievances') }}
where grievance_kind <> 'duty_holder'
