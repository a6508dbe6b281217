-- household.household_story(key): the whole story of one household as dated lines: the day it is about, when it was
-- known, what kind of thing it is, what happened, and the attempt that told it. That an offer was turned down is not
-- told. A row that closes tells of the end alone: what it carries beside is no new cause and no new place.
create or replace macro household.household_story(wanted_key) as table
with
reports as (
    select
        h.*,
        lag(h.village_code) over (partition by h.operation = 'close' order by h.version) as previous_village,
        lag(h.main_cause) over (partition by h.operation = 'close' order by h.version) as previous_cause
    from household.household_versions as h
    where h.household_key = wanted_key
),

measures as (
    select
        m.measure_key,
        m.measure_code,
        d.what,
        d.happened_on,
        min(m.known_at) as known_at,
        arg_min(m.attempt_id, m.version) as attempt_id
    from household.measure_versions as m
    cross join lateral (
        values ('offered', m.offered_on), ('accepted', m.accepted_on), ('delivered', m.delivered_on)
    ) as d (what, happened_on)
    where m.household_key = wanted_key and d.happened_on is not null and m.operation <> 'close'
    group by m.measure_key, m.measure_code, d.what, d.happened_on
),

charges as (
    select
        a.staff_key,
        d.what,
        d.happened_on,
        min(a.known_at) as known_at,
        arg_min(a.attempt_id, a.version) as attempt_id
    from responsibility.assignment_versions as a
    cross join lateral (
        values
        (' takes charge', if(a.operation = 'close', null, a.from_date)),
        (' is no longer in charge', if(a.operation = 'close', null, a.to_date)),
        (
            if(
                a.close_reason = 'entered_in_error',
                ' never was in charge: entered in error',
                ' is no longer in charge'
            ),
            if(a.operation = 'close', coalesce(a.closed_on, a.as_of), null)
        )
    ) as d (what, happened_on)
    where a.household_key = wanted_key and d.happened_on is not null
    group by a.staff_key, d.what, d.happened_on
),

nights as (
    select a.night, max(a.known_at) as known_at
    from quality.attempts as a
    group by a.night
),

lines as (
    select s.valid_from as valid_on, s.known_at, 'status' as kind,
        case s.track when 'registered' then 'in the registry: ' else 'watched: ' end || replace(s.state, '_', ' ')
            || case when s.from_state is null then ', as first reported' else '' end as what,
        s.attempt_id
    from household.status_history as s
    where s.household_key = wanted_key
    union all
    select b.stepped_on, b.known_at, 'breach', b.breach || ': from ' || b.from_state || ' to ' || b.state, b.attempt_id
    from household.status_breaches as b
    where b.household_key = wanted_key
    union all
    select r.as_of, r.known_at, 'report',
        case r.arrival when 'late' then 'news that came late' else 'a correction of what was said of this day' end,
        r.attempt_id
    from reports as r
    where r.arrival in ('late', 'correction')
    union all
    select r.as_of, r.known_at, 'cause',
        'main cause: ' || coalesce(l.label_en, r.main_cause, 'none'), r.attempt_id
    from reports as r
    left join household.code_lists as l on r.main_cause = l.code and l.list_name = 'cause'
    where r.operation <> 'close' and r.main_cause is distinct from r.previous_cause
    union all
    select r.as_of, r.known_at, 'place', 'lives in ' || coalesce(p.path_zh, r.village_code), r.attempt_id
    from reports as r
    left join zone.places as p on r.village_code = p.place_code
    where
        r.operation <> 'close' and r.village_code is distinct from r.previous_village and r.village_code is not null
    union all
    select coalesce(c.changed_on, c.as_of), c.known_at, 'member', 'member ' || c.person_no || ': ' || c.change,
        c.attempt_id
    from household.member_changes as c
    where c.household_key = wanted_key
    union all
    select d.decided_on, d.known_at, 'decision', concat_ws(': ', d.act, coalesce(l.label_en, d.reason)), d.attempt_id
    from household.decisions as d
    left join household.code_lists as l on d.reason = l.code and l.list_name = 'decision_reason'
    where d.household_key = wanted_key
    union all
    select m.happened_on, m.known_at, 'measure', m.measure_code || ' ' || m.what, m.attempt_id
    from measures as m
    union all
    select c.happened_on, c.known_at, 'helper', c.staff_key || c.what, c.attempt_id
    from charges as c
    union all
    select v.visited_on, v.known_at, 'visit', 'visited by ' || v.staff_key, v.attempt_id
    from responsibility.visits as v
    where v.household_key = wanted_key
    union all
    select g.opened_on, g.known_at, 'grievance', g.grievance_kind || ' opened', g.attempt_id
    from household.grievances as g
    where g.household_key = wanted_key
    union all
    select g.resolved_on, g.known_at, 'grievance',
        g.grievance_kind || ' resolved: ' || coalesce(g.outcome, 'no outcome'), g.attempt_id
    from household.grievances as g
    where g.household_key = wanted_key and g.resolved_on is not null
    union all
    select f.first_night, n.known_at, 'finding', f.rule || ' (' || f.severity || ')', f.attempt_id
    from quality.findings as f
    left join nights as n on f.first_night = n.night
    where f.household_key = wanted_key
    union all
    select f.cleared_night, n.known_at, 'finding', f.rule || ' cleared', null
    from quality.findings as f
    left join nights as n on f.cleared_night = n.night
    where f.household_key = wanted_key and f.cleared_night is not null
    union all
    select k.held_since_night, n.known_at, 'held', 'held by ' || k.held_by || ', to be decided by ' || k.decide_by, null
    from quality.held_households as k
    left join nights as n on k.held_since_night = n.night
    where k.household_key = wanted_key
)

select
    l.valid_on,
    l.known_at,
    l.kind,
    l.what,
    l.attempt_id
from lines as l
order by l.valid_on, l.known_at, l.kind, l.what;

comment on macro table household.household_story is
'The whole story of one household as dated lines: household.household_story(wanted_key). wanted_key is its '
'household_key. valid_on is the day a line is about, known_at when it became known (Asia/Shanghai), kind what '
'sort of thing it is (status, cause, member, decision, measure, visit, finding, ...), what what happened, '
'attempt_id the package that told it. That an offer was turned down is not told. Example: select valid_on, '
'kind, what from household.household_story(''513431-1'')';
