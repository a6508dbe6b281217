-- Grain: cut.
-- Steps: the day after which evidence counts at the cut: the standard's months before the cut's day.
select
    cuts.cut_id,
    {{ months_after('cuts.state_on', '- standards.value') }} as after_day
from {{ ref('int_cuts') }} as cuts
inner join {{ ref('int_cut_standards') }} as standards
    on cuts.cut_id = standards.cut_id and standards.subject = 'evidence_window_months'
