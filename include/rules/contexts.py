"""What a rule's predicate may name: for each dataset the rows to judge and what is joined to them.

`t` is the row. Its own columns are the typed columns of the dataset, and `t.as_of`, `t.county_id`; `s` holds the
standards in force for the submitter on as_of; the other short names are structs that are never NULL, so that a
predicate can say `not h.is_known`. The tables named ctx_... are made by include.intake.context_tables.
"""

from __future__ import annotations

from include.rules.model import Over

#: Rows that rules judge: those that have a key and say something new. Rows that close something are judged by
#: generated rules alone; a row whose operation cannot be read is looked at as one that says something.
LIVE = "_row_key is not null and _reject is null and operation is distinct from 'close'"

#: NULL where the cell could not be read: an unreadable cell is told once, by its own rule.
_HOUSEHOLD_LISTS = """
    if(list_contains(h._faulty, 'monitoring_class'), null, coalesce(h.monitoring_class, '0') <> '0') as monitored,
    if(list_contains(h._faulty, 'risk_status'), null, coalesce(h.risk_status, '1') = '1') as risk_open,
    h.main_cause is not null and not list_contains(h._faulty, 'other_causes') as causes_known,
    coalesce(string_split(h.other_causes, ','), []) as further_causes,
    list_filter([h.main_cause], lambda x: x is not null) || coalesce(string_split(h.other_causes, ','), []) as causes,
    coalesce(string_split(h.risks, ','), []) as risk_codes"""

_HOUSEHOLDS = f"""(
    select h.*, {_HOUSEHOLD_LISTS},
        {{'members': coalesce(p.members, 0), 'heads': coalesce(p.heads, 0),
            'relations_unknown': coalesce(p.relations_unknown, 0),
            'health_unknown': coalesce(p.health_unknown, 0), 'not_healthy': coalesce(p.not_healthy, 0),
            'disabled': coalesce(p.disabled, 0), 'schooling_unknown': coalesce(p.schooling_unknown, 0),
            'in_school': coalesce(p.in_school, 0), 'deleted': coalesce(x.persons, 0)}} as p,
        {{'measures': coalesce(m.measures, 0), 'delivered': coalesce(m.delivered, 0),
            'water': coalesce(m.water, 0)}} as m,
        {{'helpers': coalesce(a.helpers, 0)}} as a,
        {{'exits': coalesce(d.exits, 0)}} as d,
        {{'county_id': v.county_id}} as v
    from :rows h
    left join ctx_members p using (attempt_id, household_id)
    left join ctx_deleted x using (attempt_id, household_id)
    left join ctx_measures m using (attempt_id, household_id)
    left join ctx_helpers a using (attempt_id, household_id)
    left join ctx_exits d using (attempt_id, household_id)
    left join facts_places v on v.place_code = h.village_code
)"""

_PERSONS = """(
    select p.*, datesub('year', p.birth_date, p.as_of) as age,
        if(list_contains(p._faulty, 'schooling'), null, coalesce(p.schooling between '02' and '16', false))
            as in_school,
        {'is_known': h.household_id is not null} as h,
        {'match_id': e.match_id} as e,
        {'match_id': n.match_id, 'probability': n.match_probability, 'weight': n.match_weight} as n,
        {'is_twice': w.person_key is not null} as w
    from :rows p
    left join ctx_households h using (attempt_id, household_id)
    left join ctx_elsewhere e on e.attempt_id = p.attempt_id and e.person_key = p.person_key
    left join ctx_near n on n.attempt_id = p.attempt_id and n.file = p.file and n."row" = p."row"
    left join ctx_twice w
        on w.attempt_id = p.attempt_id and w.household_id = p.household_id and w.person_key = p.person_key
)"""

_IS_KNOWN = """'is_known': h.household_id is not null,
        'is_ever_known': h.household_id is not null or ever.household_id is not null"""
_JOIN_HOUSEHOLD = """left join ctx_households h using (attempt_id, household_id)
    left join ctx_ever_households ever using (attempt_id, household_id)"""

_MEASURES = f"""(
    select m.*, {{{_IS_KNOWN}, 'monitored': coalesce(h.monitored, true), 'causes': coalesce(h.causes, []),
            'causes_known': coalesce(h.causes_known, false)}} as h,
        {{'needs_agreement': coalesce(c.needs_agreement, false),
            'answers_causes_alone': coalesce(c.answers_causes_alone, false), 'causes': coalesce(c.causes, [])}} as c
    from :rows m {_JOIN_HOUSEHOLD}
    left join facts_measures c using (measure_code)
)"""
_BY_STAFF = f"""(
    select o.*, {{{_IS_KNOWN}}} as h, {{'is_known': k.staff_id is not null}} as k
    from :rows o {_JOIN_HOUSEHOLD}
    left join ctx_staff k using (staff_id)
)"""
_OF_HOUSEHOLD = f"(select o.*, {{{_IS_KNOWN}}} as h from :rows o {_JOIN_HOUSEHOLD})"
_OF_UNIT = """(
    select o.*, {'is_known': u.unit_id is not null} as u from :rows o left join ctx_units u using (unit_id)
)"""
# A county tells of its own designations, a province of those of its counties; the number says of which.
_ELSEWHERE = """{'is_elsewhere': o.designation_id is not null and if(right(o.submitter, 4) = '0000',
            left(n.county_id, 2) is distinct from left(o.submitter, 2)
                or coalesce(left(p.county_id, 2) <> left(o.submitter, 2), false),
            n.county_id is distinct from o.county_id or coalesce(p.county_id <> o.county_id, false))} as d"""
_NUMBERED = "left join facts_places n on n.place_code = left(o.designation_id, 6)"
_DESIGNATIONS = f"""(
    select o.*, {{'is_known': u.unit_id is not null}} as u, {_ELSEWHERE}
    from :rows o left join ctx_units u using (unit_id)
    left join facts_places p on p.place_code = o.helped_place_code {_NUMBERED}
)"""
_DESIGNATION_DELIVERIES = f"""(
    select o.*, {_ELSEWHERE} from :rows o {_NUMBERED} left join facts_places p on false
)"""
# Of a place its county tells, under any code it ever had, and its province; help may also go to a province that the
# sender's own is paired with.
_LIES_ELSEWHERE = """o.place_code is not null and if(right(o.submitter, 4) = '0000',
            left(o.place_code, 2) <> left(o.submitter, 2), p.county_id is distinct from o.county_id)"""
_OF_PLACE = f"""(
    select o.*, {{'is_elsewhere': {_LIES_ELSEWHERE}}} as l
    from :rows o left join facts_places p using (place_code)
)"""
_TASKS = f"""(
    select o.*, {{'is_known': u.unit_id is not null}} as u, {{'is_elsewhere': {_LIES_ELSEWHERE}}} as l
    from :rows o left join ctx_units u using (unit_id) left join facts_places p using (place_code)
)"""
_CONTRIBUTIONS = f"""(
    select o.*, {{'is_elsewhere': {_LIES_ELSEWHERE} and f.helper_province is null}} as l
    from :rows o left join facts_places p using (place_code)
    left join (select distinct helper_province, helped_province from facts_pairings) f
        on f.helper_province = left(o.submitter, 2) and f.helped_province = left(o.place_code, 2)
)"""
# met_pairings says of which two provinces a pairing is; of one that nobody told of nothing is known.
_PAIRINGS = """(
    select o.*, {'is_elsewhere':
            left(o.submitter, 2) not in (left(o.helper_place_code, 2), left(o.helped_place_code, 2))
            or left(o.helper_place_code, 2) <> m.helper_province
            or left(o.helped_place_code, 2) <> m.helped_province} as b
    from :rows o left join met_pairings m using (pairing_id)
)"""
_PAIRING_DELIVERIES = """(
    select o.*, {'is_elsewhere': left(o.submitter, 2)
            <> case o.reporting_side when 'helper' then m.helper_province else m.helped_province end} as b
    from :rows o left join met_pairings m using (pairing_id)
)"""
_VILLAGES = """(
    select o.*, {'county_id': v.county_id} as v
    from :rows o left join facts_places v on v.place_code = o.village_code
)"""
_SAMPLES = """(
    select o.*, {'is_unknown': m.attempt_id is not null} as h from :rows o
    left join met_samples m on m.attempt_id = o.attempt_id and m.file = o.file and m."row" = o."row"
)"""

_CONTEXTS = {
    "households": _HOUSEHOLDS,
    "persons": _PERSONS,
    "measures": _MEASURES,
    "assignments": _BY_STAFF,
    "visits": _BY_STAFF,
    "decisions": _OF_HOUSEHOLD,
    "staff": _OF_UNIT,
    "tasks": _TASKS,
    "funds": _OF_PLACE,
    "plans": _OF_PLACE,
    "contributions": _CONTRIBUTIONS,
    "pairings": _PAIRINGS,
    "pairing_deliveries": _PAIRING_DELIVERIES,
    "designations": _DESIGNATIONS,
    "designation_deliveries": _DESIGNATION_DELIVERIES,
    "experiences": _OF_UNIT,
    "villages": _VILLAGES,
    "samples": _SAMPLES,
}
_OTHER: dict[Over, str] = {
    "village_incomes": "ctx_village_incomes",
    "vanished_households": "ctx_vanished_households",
    "county": "ctx_county",
}


def alias(over: Over) -> str:
    """The short name of the rows to judge: c for counties, else t."""
    return "c" if over == "county" else "t"


def context(dataset: str, rows: str, over: Over = "rows") -> str:
    """SQL of what stands behind FROM for the rules of a dataset; `rows` is the relation of its rows to judge."""
    relation = _OTHER[over] if over != "rows" else _CONTEXTS.get(dataset, ":rows").replace(":rows", rows)
    return f"{relation} {alias(over)} join ctx_standards s using (attempt_id)"


def household_lists(name: str) -> str:
    """SQL of the derived columns of a household that predicates may use: monitored, causes, risk_codes and the like."""
    return _HOUSEHOLD_LISTS.replace("h.", f"{name}.")
