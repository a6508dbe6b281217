"""The night as the published quality file tells it, for the morning board and the night's message: counts alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from include.duck import connect
from include.settings import Settings

Row = dict[str, Any]

STAGES = ("submissions", "warehouse", "marts", "published", "disclosure")
"""The gates in the order of a night."""


@dataclass(frozen=True)
class Tonight:
    """The night as quality.duckdb tells it."""

    known: bool  # False when the quality layer was not built: then only gates are known
    offices: tuple[
        Row, ...
    ]  # one row for each inbox account: state and its reason, rows, held households, open findings
    held: Row  # households, provisional, overdue, first_night
    gates: tuple[Row, ...]  # one row for each stage that ran
    failed: tuple[Row, ...]  # checks that did not pass: blocking first, then in the order of the night
    breakers: tuple[Row, ...] = ()  # counties that a breaker holds tonight: submitter, rule, measured, threshold
    findings: dict[str, int] = field(default_factory=dict)  # open findings of all offices by severity, trials left out
    held_by: tuple[Row, ...] = ()  # rules that hold households, the one that holds most first: rule, households


def is_reported(office: Row) -> bool:
    """Whether something of an office could be taken tonight, or nothing was due."""
    return office["state"] not in ("missing", "waiting", "rejected", "refused")


def read_tonight(settings: Settings, quality: Path, night: date) -> Tonight:
    """The night's figures; raises duckdb.Error when the file cannot be read."""
    with connect(settings, quality, read_only=True) as connection:
        gates = rows(connection, _GATES, [night])
        failed = rows(connection, _FAILED, [night])
        tables = {row["table_name"] for row in rows(connection, _TABLES)}
        known = "reporting" in tables and bool(rows(connection, _ANY_REPORT, [night]))
        if not known:
            return Tonight(False, (), {}, _in_order(gates), _blocking_first(failed))
        return Tonight(
            True,
            tuple(rows(connection, _OFFICES, {"night": night})),
            rows(connection, _HELD, {"night": night})[0],
            _in_order(gates),
            _blocking_first(failed),
            tuple(rows(connection, _BREAKERS, [night])),
            {row["severity"]: row["findings"] for row in rows(connection, _FINDINGS, [night])},
            tuple(rows(connection, _HELD_BY)),
        )


def _in_order(gates: list[Row]) -> tuple[Row, ...]:
    place = {stage: index for index, stage in enumerate(STAGES)}
    return tuple(sorted(gates, key=lambda gate: place.get(gate["stage"], len(place))))


def _blocking_first(failed: list[Row]) -> tuple[Row, ...]:
    """Failed checks: those that stopped something before advice, each in the order of the night."""
    stages = [gate["stage"] for gate in _in_order(failed)]
    return tuple(
        sorted(_in_order(failed), key=lambda check: (check["suite"] != "blocking", stages.index(check["stage"])))
    )


def rows(connection: duckdb.DuckDBPyConnection, query: str, values: Any = None) -> list[Row]:
    """The rows of a query as dicts by column."""
    answer = connection.execute(query, values) if values is not None else connection.execute(query)
    names = [column[0] for column in answer.description or []]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


_TABLES = "select table_name from duckdb_tables() where schema_name = 'quality'"
_ANY_REPORT = "select 1 as found from quality.reporting where night = ? limit 1"

_GATES = """
    select stage, count(*) as checks,
        count(*) filter (where suite = 'blocking' and not success) as failed,
        count(*) filter (where suite <> 'blocking' and not success) as advisories
    from quality.gate_results where night = ? group by stage order by stage
"""
_FAILED = """
    select stage, suite, check_id, description, severity, observed, expected, exception, examples, todo
    from quality.gate_results where night = ? and not success
    order by suite <> 'blocking', stage, check_id
"""
_BREAKERS = """
    select submitter, rule, measured, threshold from quality.verdicts
    where night = ? and verdict = 'hold' order by submitter, rule
"""
_FINDINGS = """
    select severity, count(*) as findings from quality.findings
    where first_night <= ? and not trial and is_open
    group by severity order by severity
"""
_OFFICES = """
    with rows_of as (
        select submitter, count(*) as packages, sum(received) as received, sum(accepted) as accepted,
            sum(held) as held, sum(rejected) as rejected, arg_max(state, number) as state,
            arg_max(coalesce(refusal, reason), number) as reason, max(arrived_at) as arrived_at
        from quality.attempts where night = $night group by submitter
    ),
    held as (
        select attempts.submitter, count(*) as held_households, count(*) filter (where provisional) as provisional,
            count(*) filter (where decide_by <= $night) as overdue, min(decide_by) as decide_by
        from quality.held_households inner join quality.attempts as attempts using (attempt_id)
        group by attempts.submitter
    ),
    found as (
        select submitter, count(*) filter (where is_open) as findings,
            count(*) filter (where is_open and first_night = $night) as fresh,
            count(*) filter (where cleared_night = $night) as cleared
        from quality.findings where first_night <= $night and not trial group by submitter
    )
    select reporting.submitter, reporting.submitter_kind as kind,
        case when reporting.state in ('missing', 'waiting', 'nothing_due') then reporting.state
            else coalesce(rows_of.state, reporting.state) end as state,
        rows_of.reason, rows_of.arrived_at, coalesce(rows_of.packages, 0) as packages,
        coalesce(rows_of.received, 0) as received, coalesce(rows_of.accepted, 0) as accepted,
        coalesce(rows_of.held, 0) as held, coalesce(rows_of.rejected, 0) as rejected,
        coalesce(held.held_households, 0) as held_households,
        coalesce(held.provisional, 0) as provisional, coalesce(held.overdue, 0) as overdue, held.decide_by,
        coalesce(found.findings, 0) as findings, coalesce(found.fresh, 0) as fresh,
        coalesce(found.cleared, 0) as cleared
    from quality.reporting as reporting
    left join rows_of using (submitter)
    left join held using (submitter)
    left join found using (submitter)
    where reporting.night = $night
    order by reporting.submitter
"""
_HELD = """
    select count(*) as households, count(*) filter (where provisional) as provisional,
        count(*) filter (where decide_by <= $night) as overdue, min(held_since_night) as first_night,
        min(decide_by) as decide_by
    from quality.held_households
"""
_HELD_BY = """
    select rule, count(*) as households
    from (select unnest(string_split(held_by, ',')) as rule from quality.held_households)
    where rule <> '' group by rule order by households desc, rule
"""
