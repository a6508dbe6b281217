-- What the registered households of the night report is what is counted and what counts elsewhere; and whoever counts
-- elsewhere does so with another household that has the same person.
with

reported as (
    select
        sum(members) as reported,
        sum(members_counted_elsewhere) as counted_elsewhere
    from {{ ref('household__households') }}
    where status not in ('applicant', 'refused')
),

counted as (
    select
        poverty.registered,
        poverty.counted_elsewhere
    from {{ ref('zone__poverty_monthly') }} as poverty
    inner join {{ ref('int_cuts') }} as cuts
        on poverty.state_on = cuts.state_on and poverty.known_by = cuts.known_by and cuts.cut_id = 'night'
    where
        poverty.area_kind = 'nation'
        and poverty.weight = 'persons'
        and poverty.vintage = 'running'
        and poverty.line = 'poverty_line'
        and poverty.income = 'after_assistance'
),

marked as (
    select count(*) as elsewhere_but_nowhere
    from {{ ref('household__members') }}
    where not counts_here and not in_another_household
)

select
    reported.*,
    counted.*,
    marked.*
from reported
cross join counted
cross join marked
where
    reported.reported <> counted.registered + counted.counted_elsewhere
    or reported.counted_elsewhere <> counted.counted_elsewhere
    or marked.elsewhere_but_nowhere > 0
