-- Grain: one file of an attempt.
-- Steps: rows up to the night, nothing else.
select
    attempt_id,
    submitter,
    night,
    dataset,
    file,
    bytes,
    sha256,
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
from {{ source('ledger', 'files') }}
where night <= {{ night() }}
