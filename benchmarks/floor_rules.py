"""The floor's checks: how many rows break each rule of the catalogue, counted and not kept."""

from __future__ import annotations

import duckdb

from include.contract import contracts
from include.intake import context_tables, match_number
from include.intake.known import MEASURED, RELATED, SHARED
from include.intake.meet import pairs_of
from include.rules import catalogue
from include.rules.compile import broken, predicates
from include.rules.contexts import LIVE, context

UNREADABLE = "cells that cannot be read"
_DUPLICATED = """select sum(times) from (
    select count(*) as times from now_{0} group by attempt_id, _row_key having count(*) > 1)"""
_NONE = (
    "base_incomes (county_id varchar, household_id varchar, net_income double)",
    "brought (attempt_id varchar, dataset varchar)",
    "deleted_members (submitter varchar, household_id varchar, person_no bigint)",
    """met_persons (attempt_id varchar, file varchar, "row" bigint, first_household varchar, last_household varchar)""",
    # The floor scores no near matches: what they cost is the night's.
    """met_near (attempt_id varchar, file varchar, "row" bigint, first_household varchar, last_household varchar,
        match_probability double, match_weight double)""",
)
_STRANGERS = """create temp view met_samples as select attempt_id, file, "row" from now_samples s
    where household_key is not null and not exists (
        select 1 from now_households h where h.household_key = s.household_key)"""
#: Persons of several counties: the floor has all counties at once, and no batches that would have to meet.
_ELSEWHERE = f"""insert into ctx_elsewhere
    with met as (select attempt_id, county_id, person_key from now_persons where {context_tables.STAYS})
    select distinct attempt_id, person_key, 'another county' from met
    semi join (select person_key from met group by all having min(county_id) <> max(county_id)) using (person_key)
    anti join ctx_elsewhere using (attempt_id, person_key)"""


def count_broken(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows that break each rule with a predicate, by rule; needs typed_<dataset> of benchmarks.floor_read.

    There is no history: nothing is known but what came tonight.
    """
    match_number.install_macro(connection, [b"a benchmark's secret: any other takes as long"])
    for name in contracts():
        connection.execute(f"create temp view now_{name} as from typed_{name} where {LIVE}")
    for name in RELATED:
        connection.execute(f"create temp view last_{name} as from typed_{name} where false")
        connection.execute(f"create temp view known_{name} as from now_{name}")
    for name in MEASURED:
        connection.execute(f"create temp view base_{name} as from typed_{name} where false")
        connection.execute(f"create temp table excused_{name} (county_id varchar, _row_key varchar)")
    for name, key in SHARED.items():
        connection.execute(f"create temp view met_{name} as select distinct {key} from now_{name}")
    connection.execute(_STRANGERS)
    connection.execute("create temp view sent_pairings as from typed_pairings")
    connection.execute(f"create temp view met_pairings as {pairs_of([])}")
    for table in _NONE:
        connection.execute(f"create temp table {table}")
    context_tables.make(connection, 1)
    connection.execute(_ELSEWHERE)
    every = predicates(catalogue())
    counts = dict.fromkeys((one.rule.id for one in every), 0)
    for dataset, over in dict.fromkeys((one.dataset, one.rule.over) for one in every):
        group = [one for one in every if (one.dataset, one.rule.over) == (dataset, over)]
        sums = ", ".join(f"count(*) filter (where {broken(one)})" for one in group)
        found = connection.execute(f"select {sums} from {context(dataset, f'now_{dataset}', over)}").fetchone()
        for one, count in zip(group, found or (), strict=True):
            counts[one.rule.id] += int(count)
    counts["key-duplicated"] = sum(_count(connection, _DUPLICATED.format(name)) for name in contracts())
    counts[UNREADABLE] = sum(_count(connection, f"select sum(len(_faulty)) from typed_{name}") for name in contracts())
    return counts


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    found = connection.execute(query).fetchone()
    return int(found[0] or 0) if found else 0
