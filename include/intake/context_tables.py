"""Makes the tables that the rules' contexts join (include.rules.contexts), for the attempts of one round."""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from include.intake.known import IN_FORCE, in_force
from include.rules import catalogue
from include.rules.compile import standards_query
from include.rules.contexts import household_lists

#: A member whose change is of these codes (21 death ... 27 enlisted) has left the household.
STAYS = "not coalesce(starts_with(change_kind, '2'), false)"


RELATED_FOR_BREAKERS = ("households",)
FOR_BREAKERS = (
    "standards",
    "ever_households",
    "vanished_households",
    "vanished_persons",
    "gone_households",
    "gone_persons",
    "county",
)
"""The tables that breakers, and holding a household whole, lean on; and the known_ tables behind them."""


def make(connection: duckdb.DuckDBPyConnection, number: int, wanted: Collection[str] | None = None) -> None:
    """Make the ctx_ tables for a round, without `wanted` every one; needs the tables of include.intake.known."""
    for name, query in queries(number).items():
        if wanted is None or name in wanted:
            connection.execute(f"create or replace temp table ctx_{name} as {query}")


def queries(number: int) -> dict[str, str]:
    """SQL of every ctx_ table for a round by name, in an order in which they can be made."""
    return {
        "standards": standards_query(catalogue(), f"(select * from attempts where round = {number})"),
        "households": f"""
            select h.attempt_id, h.household_id, {household_lists("h")} from known_households h""",
        "ever_households": f"""
            select a.attempt_id, l.household_id from last_households l join attempts a using (county_id)
            where a.round = {number}
            union
            select attempt_id, household_id from typed_households where _round = {number} and _reject is null""",
        "members": f"""
            select attempt_id, household_id, count(*) as members, count_if(relation = '01') as heads,
                count_if(relation is null) as relations_unknown, count_if(health is null) as health_unknown,
                count_if(health <> '1') as not_healthy, count_if(health = '4') as disabled,
                count_if(schooling is null) as schooling_unknown,
                count_if(schooling between '02' and '16') as in_school
            from known_persons where {STAYS} group by all""",
        "twice": """
            select attempt_id, household_id, person_key from now_persons where person_key is not null
            group by all having min(person_no) <> max(person_no)""",
        "deleted": f"""
            select a.attempt_id, d.household_id, count(distinct d.person_no) as persons
            from deleted_members d join attempts a using (submitter) where a.round = {number} group by all""",
        "measures": """
            select attempt_id, household_id, count(*) as measures,
                count_if(delivered_on is not null or list_contains(_faulty, 'delivered_on')) as delivered,
                count_if(coalesce(f.for_water, measure_code is null)) as water
            from known_measures left join facts_measures f using (measure_code) group by all""",
        "helpers": """
            select attempt_id, household_id, count(distinct staff_id) as helpers from known_assignments
            where from_date <= as_of and (to_date is null or to_date >= as_of) group by all""",
        "exits": _exits(number),
        "staff": "select staff_id from met_staff",
        "units": "select unit_id from met_units",
        "village_incomes": """
            select attempt_id, null::varchar as household_key, village_code as row_key,
                sum(equal) as households, max(equal) as most_equal
            from (select attempt_id, village_code, net_income, count(*) as equal from now_households
                where net_income is not null and village_code is not null group by all)
            group by attempt_id, village_code""",
        "vanished_households": _vanished("households", number),
        "vanished_persons": _vanished("persons", number),
        "elsewhere": _elsewhere(number),
        "near": """
            select attempt_id, file, "row", tm_match_number(first_household, last_household) as match_id,
                match_probability, match_weight
            from met_near""",
        "gone_households": _gone("households", number),
        "gone_persons": _gone("persons", number),
        "county": _county(number),
    }


def _exits(number: int) -> str:
    """Exit decisions of a household since it was last taken in, by all decisions ever accepted and the attempt's own.

    A decision whose act or day cannot be read is given the benefit of the doubt: that cell has a finding of its own.
    """
    return f"""
        with decided as (
            select attempt_id, household_id, act, decided_on from known_decisions
            union all
            select a.attempt_id, l.household_id, l.act, l.decided_on
            from last_decisions l join attempts a using (county_id)
            where a.round = {number} and {IN_FORCE}
                and not exists (select 1 from now_decisions n
                    where n.attempt_id = a.attempt_id and n._row_key = l._row_key)
        ), taken_in as (
            select attempt_id, household_id, max(decided_on) as taken_in_on from decided
            where act in ('register', 'return') group by all
        )
        select attempt_id, household_id, count(*) as exits
        from decided left join taken_in using (attempt_id, household_id)
        where coalesce(act, 'exit') = 'exit' and coalesce(decided_on >= taken_in_on, true)
        group by all"""


def _elsewhere(number: int) -> str:
    """Persons (by keyed hash) of an attempt who are in more than one household.

    Within the county: in the attempt itself, or in it and in the last accepted state. A member as last accepted counts
    where the member's row is not sent again; not where the whole household is gone from a full package, since that is a
    finding of its own. In other counties: what include.intake.meet has found. The match id is made from the households'
    keys (include.intake.match_number): both sides get the same one, and it tells nothing else.
    """
    return f"""
        with sent as (
            select attempt_id, person_key, household_key, file, "row" from now_persons
            where person_key is not null and {STAYS}
        ), before as (
            select a.attempt_id, l.person_key, l.household_key
            from last_persons l join attempts a using (county_id)
            where a.round = {number} and {IN_FORCE} and {STAYS}
                and not exists (select 1 from typed_persons t
                    where t.attempt_id = a.attempt_id and t._row_key = l._row_key)
                and not (a.kind = 'full'
                    and exists (select 1 from ctx_vanished_households v
                        where v.attempt_id = a.attempt_id and v.household_id = l.household_id))
        ), places as (
            select attempt_id, person_key, household_key as first_household, household_key as last_household
            from (select attempt_id, person_key, household_key from sent
                union all select * from before semi join sent using (attempt_id, person_key))
            union all
            select attempt_id, s.person_key, m.first_household, m.last_household
            from met_persons m join sent s using (attempt_id, file, "row")
        )
        select attempt_id, person_key,
            tm_match_number(min(first_household), max(last_household)) as match_id
        from places group by all having min(first_household) <> max(last_household)"""


def _vanished(dataset: str, number: int) -> str:
    """Keys in force in the last accepted state that a full package, which brings the dataset, does not name at all.

    A package that speaks for an earlier day than the key was last told of says nothing of it.
    """
    return f"""
        select a.attempt_id, l.household_key, l._row_key as row_key, l.household_id,
            {"l.person_key, " if dataset == "persons" else ""}true as vanished
        from last_{dataset} l join attempts a using (county_id)
        join brought b on b.attempt_id = a.attempt_id and b.dataset = '{dataset}'
        where a.round = {number} and a.kind = 'full' and l.operation = 'upsert' and l.as_of <= a.as_of
            and not exists (select 1 from typed_{dataset} t
                where t.attempt_id = a.attempt_id and t._row_key = l._row_key)"""


def _stood(dataset: str) -> str:
    """Keys that were in force before the night or came into force in an earlier round of it.

    A night's packages are measured together: many small ones remove no more than a single one may.
    """
    columns = in_force(dataset)
    return f"""(select {columns} from base_{dataset}
        union all
        select {columns} from last_{dataset} l where {IN_FORCE} and not exists (
            select 1 from base_{dataset} b where b.county_id = l.county_id and b._row_key = l._row_key))"""


def _gone(dataset: str, number: int) -> str:
    """Keys that stood and that an attempt removes: absent from a full package, closed by it, or earlier tonight.

    A package that comes late and speaks for an earlier day removes nothing of what was told since.
    """
    person_key = ", s.person_key" if dataset == "persons" else ""
    return f"""
        select a.attempt_id, s.household_id, s._row_key as row_key{person_key}
        from {_stood(dataset)} s join attempts a using (county_id)
        where a.round = {number} and s.as_of <= a.as_of and (
            exists (select 1 from ctx_vanished_{dataset} v where v.attempt_id = a.attempt_id and v.row_key = s._row_key
                and not exists (select 1 from excused_{dataset} x
                    where x.county_id = s.county_id and x._row_key = s._row_key))
            or exists (select 1 from typed_{dataset} t where t.attempt_id = a.attempt_id and t._row_key = s._row_key
                and t._reject is null and t.operation = 'close')
            or exists (select 1 from last_{dataset} l where l.county_id = s.county_id and l._row_key = s._row_key
                and not ({IN_FORCE})))"""


def _county(number: int) -> str:
    """What the breaker measures of each county's attempt."""
    return f"""
        with rekeyed as (
            select v.attempt_id, count(distinct v.row_key) as persons
            from ctx_gone_persons v
            join ctx_gone_households g using (attempt_id, household_id)
            join now_persons p on p.attempt_id = v.attempt_id and p.person_key = v.person_key
                and p.household_id <> v.household_id
            group by v.attempt_id
        ), risen as (
            select n.attempt_id, count(*) as households, median(n.net_income / b.net_income) as rise
            from now_households n join attempts a using (attempt_id)
            join base_incomes b on b.county_id = a.county_id and b.household_id = n.household_id
            where n.net_income > 0 group by n.attempt_id
        )
        select a.attempt_id,
            (select count(*) from {_stood("households")} s where s.county_id = a.county_id) as last_households,
            (select count(*) from {_stood("persons")} s where s.county_id = a.county_id) as last_persons,
            (select count(*) from known_households k where k.attempt_id = a.attempt_id) as households,
            (select count(*) from ctx_gone_households g where g.attempt_id = a.attempt_id) as gone_households,
            (select count(*) from ctx_gone_persons g where g.attempt_id = a.attempt_id) as gone_persons,
            coalesce(r.persons, 0) as rekeyed_persons,
            coalesce(i.households, 0) as income_households, coalesce(i.rise, 1) as income_rise
        from attempts a left join rekeyed r using (attempt_id) left join risen i using (attempt_id)
        where a.round = {number} and a.submitter_kind = 'county'"""
