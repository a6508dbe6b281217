-- Grain: subject and jurisdiction on the night.
-- Steps: the standards that hold on the night, as they are known on it.
select
    standards.subject,
    standards.jurisdiction,
    standards.standard_id,
    standards.operator,
    standards.value,
    standards.unit,
    standards.source
from {{ ref('int_standard_versions') }} as standards
where {{ in_force_at('standards', night(), night()) }}
