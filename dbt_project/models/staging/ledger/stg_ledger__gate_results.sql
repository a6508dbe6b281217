-- Grain: one check of a gate and night.
-- Steps: rows up to the night, nothing else.
select
    night,
    stage,
    suite,
    check_id,
    description,
    success,
    observed,
    expected,
    unexpected,
    severity,
    exception,
    examples,
    todo
from {{ source('ledger', 'gate_results') }}
where night <= {{ night() }}
