-- Grain: cut and subject.
-- Steps: 1. the national standards that hold on the day whose state the cut counts, and not on the night: a month that
-- was cut keeps the rule of its own day; 2. the one that began last, should two overlap.
with

dated as (
    select
        cuts.cut_id,
        standards.subject,
        cast(standards.value as decimal(18, 4)) as value,
        row_number() over (
            partition by cuts.cut_id, standards.subject
            order by standards.valid_from desc nulls last, standards.standard_id asc
        ) as recency
    from {{ ref('int_cuts') }} as cuts
    inner join {{ ref('standards') }} as standards
        on
            standards.jurisdiction = 'CN'
            and {{ holds_on('cuts.state_on', 'standards.valid_from', 'standards.valid_to') }}
)

select
    cut_id,
    subject,
    value
from dated
where recency = 1
