-- Grain: subject and jurisdiction on the night.
-- Steps: 1. the standards' rows that hold on the night; 2. the one that began last, should two overlap.
with

dated as (
    select
        standards.*,
        row_number() over (
            partition by subject, jurisdiction
            order by valid_from desc nulls last, standard_id asc
        ) as recency
    from {{ ref('standards') }} as standards
    where {{ holds_on(night(), 'valid_from', 'valid_to') }}
)

select
    subject,
    jurisdiction,
    standard_id,
    operator,
    cast(value as decimal(18, 4)) as value,
    unit,
    source
from dated
where recency = 1
