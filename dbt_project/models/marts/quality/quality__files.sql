-- Grain: attempt, dataset and file.
-- Steps: as the door read them.
select
    attempt_id,
    submitter,
    night,
    dataset,
    file,
    format,
    encoding,
    header_row,
    declared_rows,
    layout_rows,
    received_rows,
    skipped,
    converted_columns,
    forbidden_columns,
    unknown_columns,
    missing_columns,
    readable,
    refusal
from {{ ref('stg_ledger__files') }}
