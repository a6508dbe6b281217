-- Grain: standard, a row of the seed.
-- Steps: the seed, and until when each row was known: to the day before a row of the same subject, jurisdiction and
-- days is known, which replaces it.
select
    standard_id,
    subject,
    jurisdiction,
    valid_from,
    valid_to,
    known_from,
    cast(
        lead(known_from) over (
            partition by subject, jurisdiction, valid_from, valid_to
            order by known_from asc nulls first, standard_id asc
        ) - interval 1 day as date
    ) as known_to,
    operator,
    cast(value as decimal(18, 4)) as value,
    unit,
    source,
    confidence
from {{ ref('standards') }}
