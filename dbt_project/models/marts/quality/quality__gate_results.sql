-- Grain: night, stage, suite and check.
-- Steps: as the gates wrote them.
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
from {{ ref('stg_ledger__gate_results') }}
