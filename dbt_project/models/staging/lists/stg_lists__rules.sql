-- Grain: one rule.
-- Steps: as written, nothing else.
select
    rule,
    version,
    severity,
    dataset,
    columns,
    kind,
    trial,
    value_class,
    title_zh,
    title_en,
    mend_zh,
    mend_en,
    why,
    source
from {{ source('lists', 'rules') }}
