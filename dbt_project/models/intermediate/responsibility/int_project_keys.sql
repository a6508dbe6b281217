-- Grain: submitter that refers to a project of the funds, and project_id.
-- Steps: its own projects, and for a county those of its province, which may pay for what is delivered there.
{{ reference_keys(ref('int_funds'), 'project_id', 'project_key') }}
