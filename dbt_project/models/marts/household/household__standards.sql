-- Grain: one standard.
-- Steps: the seed as it stands, and whether it holds on the night.
select
    standard_id,
    subject,
    jurisdiction,
    valid_from,
    valid_to,
    operator,
    cast(value as decimal(18, 4)) as value,
    unit,
    source,
    confidence,
    {{ holds_on(night(), 'valid_from', 'valid_to') }} as in_force
from {{ ref('standards') }}
