-- What the registered households of the night report is what is counted and what counts elsewhere; whoever counts
-- elsewhere does so with another household that has the same person, and nobody of a registered household with one that
-- the figures leave out.
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
),

told as (
    {{ told_person_keys() | indent(4) }}
),

shared as (
    select
        members.household_key,
        members.person_no,
        members.counts_here,
        max_by(told.person_key, (told.as_of, told.known_at, told.number, told.row)) as person_key
    from {{ ref('int_shared_members') }} as members
    inner join {{ ref('int_registered_households') }} as registered
        on members.cut_id = registered.cut_id and members.household_key = registered.household_key
    inner join told
        on members.household_key = told.household_key and members.person_no = told.person_no
    where members.cut_id = 'night' and told.as_of <= {{ night() }}
    group by members.household_key, members.person_no, members.counts_here
),

uncounted as (
    select count(*) as registered_and_counted_nowhere
    from (
        select person_key
        from shared
        group by person_key
        having not bool_or(counts_here)
    ) as persons
)

select
    reported.*,
    counted.*,
    marked.*,
    uncounted.*
from reported
cross join counted
cross join marked
cross join uncounted
where
    reported.reported <> counted.registered + counted.counted_elsewhere
    or reported.counted_elsewhere <> counted.counted_elsewhere
    or marked.elsewhere_but_nowhere > 0
    or uncounted.registered_and_counted_nowhere > 0
