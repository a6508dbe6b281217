-- Grain: one task given to a unit or a member of staff.
-- Steps: tasks in force on the night; overdue when the due date is past and it is not done.
select
    tasks.county_id || '-' || tasks.task_id as task_key,
    tasks.submitter,
    {{ referred_key('unit_keys', 'unit_key', 'tasks', 'unit_id') }} as unit_key,
    {{ referred_key('staff_keys', 'staff_key', 'tasks', 'staff_id') }} as staff_key,
    tasks.place_code,
    tasks.measure_code,
    tasks.task_kind,
    tasks.target,
    tasks.due_on,
    tasks.done_on,
    tasks.done_quantity,
    case
        when tasks.done_on is not null and tasks.done_on <= {{ night() }} then 'done'
        when tasks.due_on < {{ night() }} then 'overdue'
        else 'open'
    end as state,
    tasks.as_of,
    tasks.known_at
from {{ ref('int_tasks') }} as tasks
left join {{ ref('int_unit_keys') }} as unit_keys
    on tasks.county_id = unit_keys.county_id and tasks.unit_id = unit_keys.unit_id
left join {{ ref('int_staff_keys') }} as staff_keys
    on tasks.county_id = staff_keys.county_id and tasks.staff_id = staff_keys.staff_id
