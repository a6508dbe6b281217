"""judge: accepts, holds or rejects every row, whole households together, and gives each county its verdict.

Reads lake/read, the findings of receive and check, and lake/accepted of earlier nights; writes accepted, held,
rejected, verdicts, conservation, attempt_states, attempt_differences, and released when a person released rows of an
earlier night. SQL alone decides; a rerun writes the same bytes.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from include.contract import Contract
from include.duck import connect
from include.files import write_parquet
from include.home import Home
from include.intake import (
    context_tables,
    differences,
    excused,
    explained,
    holding,
    known,
    released,
    states,
    typed,
    typed_once,
    withdrawn,
)
from include.result import Result
from include.rules import catalogue
from include.settings import Settings

PLACE = 'attempt_id, file, "row"'
"""Order of the rows of accepted, held and rejected."""


def judge(home: Home, settings: Settings, night: date, batch: str) -> Result:
    """Judge a night's batch; the counts are of rows accepted, held and rejected, and of breakers tripped.

    Raises FindingsMissing when the findings of a step before it are not there.
    """
    with connect(settings) as connection:
        brought = known.load(connection, home, settings, night, batch, in_place=True)
        excused.load(connection, home, night, batch)
        findings = _findings(home, night, batch)
        holding.load_findings(connection, findings)
        _start(connection)
        for number in range(1, max(brought.rounds, 1) + 1):
            known.begin_round(connection, number, context_tables.RELATED_FOR_BREAKERS)
            context_tables.make(connection, number, context_tables.FOR_BREAKERS)
            holding.hold(connection, brought, number)
            differences.compare(connection, brought, home, night, batch, number)
            _collect(connection, brought)
            if number < brought.rounds:
                holding.carry(connection, brought)
        _complete_verdicts(connection)
        states.make(connection, brought, findings, home.lake_file(explained.KIND, night, batch))
        _write(connection, brought, home, night, batch)
        differences.write(connection, home, night, batch)
        withdrawn.write_restated(connection, home, night, batch)
        freed = released.write(connection, home, night, batch, brought.released)
        counts = connection.execute(
            """select coalesce(sum(received), 0), coalesce(sum(accepted), 0), coalesce(sum(held), 0),
                coalesce(sum(rejected), 0), (select count(*) from verdicts where verdict = 'hold') from conservation"""
        ).fetchone()
    typed_once.drop(home, night, batch)
    names = ("received", "accepted", "held", "rejected", "breakers")
    counted = dict(zip(names, map(int, counts or ()), strict=False))
    return Result("judge", night, batch, counted | ({"released": freed} if freed else {}))


class FindingsMissing(RuntimeError):
    """A file of findings is not there: judged without it, every row that it would hold would be accepted."""


def _findings(home: Home, night: date, batch: str) -> list[Path]:
    """The findings of the steps before; both steps write their file also when they find nothing."""
    files = [home.lake_file(kind, night, batch) for kind in ("findings_receive", "findings_check")]
    lost = [str(path) for path in files if not path.exists()]
    if lost and home.lake_file("attempts", night, batch).exists():
        raise FindingsMissing(f"{', '.join(lost)} is not there: run receive and check of this batch again, then judge")
    return files


def _start(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        """create or replace temp table verdicts (night date, submitter varchar, county_id varchar, attempt_id varchar,
            rule varchar, verdict varchar, measured double, threshold double)"""
    )


def _collect(connection: duckdb.DuckDBPyConnection, brought: known.Brought) -> None:
    """Add what a round decided to all_decided_<dataset> and verdicts; all_<dataset> shows the rows of every round."""
    for item in brought.contracts():
        every = f"all_decided_{item.name}"
        connection.execute(f"create temp table if not exists {every} as select * from decided_{item.name} where false")
        connection.execute(f"insert into {every} select * from decided_{item.name}")
        connection.execute(f"create or replace temp view all_{item.name} as {holding.judged_query(item, every)}")
    connection.execute(
        """insert into verdicts
        select a.night, a.submitter, a.county_id, v.attempt_id, v.rule, v.verdict, v.measured, v.threshold
        from round_verdicts v join attempts a using (attempt_id)"""
    )


def _complete_verdicts(connection: duckdb.DuckDBPyConnection) -> None:
    """An attempt that brings nothing to measure (refused, or nothing due) passes: a row says that it was looked at."""
    connection.execute(
        """insert into verdicts
        select a.night, a.submitter, a.county_id, a.attempt_id, r.rule, 'pass', 0, null
        from attempts a cross join (select unnest($rules) as rule) r
        where a.submitter_kind = 'county' and not exists (
            select 1 from verdicts v where v.attempt_id = a.attempt_id and v.rule = r.rule)""",
        {"rules": [rule.id for rule in catalogue() if rule.is_breaker]},
    )


def _write(connection: duckdb.DuckDBPyConnection, brought: known.Brought, home: Home, night: date, batch: str) -> None:
    for item in brought.contracts():
        for kind, columns in _columns(item).items():
            query = f"select {columns} from all_{item.name} where {holding.outcome(kind)}"
            if kind == "accepted" and item.name in brought.released:
                query = f"select * from ({query} union all select {columns} from released_{item.name})"
            write_parquet(connection, f"{query} order by {PLACE}", home.lake_file(kind, night, batch, item.name))
    for name in {*brought.released} - {*brought.datasets}:
        query = f"select * from released_{name} order by {PLACE}"
        write_parquet(connection, query, home.lake_file("accepted", night, batch, name))
    for kind, order in (
        ("verdicts", "attempt_id, rule"),
        ("conservation", "attempt_id, dataset"),
        ("attempt_states", "attempt_id"),
    ):
        write_parquet(connection, f"select * from {kind} order by {order}", home.lake_file(kind, night, batch))


def _columns(item: Contract) -> dict[str, str]:
    """Columns of the lake's accepted, held and rejected rows of a dataset."""
    row = ", ".join(f'"{column}"' for column in typed.typed_columns(item))
    return {
        "accepted": row,
        "held": f"{row}, _held_by as held_by, _provisional as provisional",
        "rejected": 'submitter, county_id, attempt_id, night, file, "row", _rule as rule',
    }
