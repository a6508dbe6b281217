-- Grain: cut and subject.
-- Steps: the national standards that hold on the day whose state the cut counts, as they were known by its time, and
-- not those of the night: a month that was cut keeps the rule by which it was cut.
select
    cuts.cut_id,
    standards.subject,
    standards.value
from {{ ref('int_cuts') }} as cuts
inner join {{ ref('int_standard_versions') }} as standards
    on
        standards.jurisdiction = 'CN'
        and {{ in_force_at('standards', 'cuts.state_on', 'cast(cuts.known_by as date)') }}
