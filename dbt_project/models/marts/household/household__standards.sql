-- Grain: one standard.
-- Steps: the seed as it stands, from when and until when each row was known, and whether it holds on the night as the
-- standards are known on it.
select
    standard_id,
    subject,
    jurisdiction,
    valid_from,
    valid_to,
    known_from,
    known_to,
    operator,
    value,
    unit,
    source,
    confidence,
    {{ in_force_at('standards', night(), night()) }} as in_force
from {{ ref('int_standard_versions') }} as standards
