"""A gate: measure a stage, let Great Expectations judge it, write every verdict, stop on any blocking failure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path
from types import ModuleType

import duckdb

from expectations.checks import Check
from expectations.judge import Verdict, judge
from expectations.measure import Scratch
from expectations.results import STAGES, FailedCheck, GateFailed, GateRow, as_exception, failed, with_since, write_rows
from include.duck import connect
from include.home import Home
from include.result import Result
from include.settings import Settings

__all__ = ["FailedCheck", "GateFailed", "GateRow", "run_gate"]


def run_gate(stage: str, home: Home, settings: Settings, night: date) -> Result:
    """Judge a stage of a night: submissions, warehouse, marts, disclosure or published.

    Writes lake/gate_results/night=D/<stage>.parquet whether it passes, fails or breaks; the same content gives the
    same file. Raises GateFailed on any blocking failure and on any exception inside an expectation or a measure.
    """
    if stage not in STAGES:
        raise ValueError(f"no such stage: {stage}; known: {', '.join(STAGES)}")
    suites = import_module(f"expectations.suites.{stage}")
    scratch_file = home.gx / f"{stage}.duckdb"
    rows = _evaluate(suites, scratch_file, stage, home, settings, night)
    write_rows(home, settings, stage, night, rows)
    stopping = with_since(home, settings, failed(rows))
    if stopping:
        raise GateFailed(stage, night, stopping)
    advice = [row for row in rows if row.suite == "advisory" and not row.success]
    notes = tuple(f"advice {row.check_id}: {row.description}; where: {row.examples or row.observed}" for row in advice)
    counts = {"checks": len(rows), "passed": sum(row.success for row in rows), "advice": len(advice)}
    return Result(f"gate {stage}", night, counts=counts, notes=notes)


def _evaluate(
    suites: ModuleType, scratch_file: Path, stage: str, home: Home, settings: Settings, night: date
) -> list[GateRow]:
    groups: dict[str, Sequence[Check]] = {"blocking": suites.blocking(), "advisory": suites.advisory()}
    broken: dict[str, str] = {}
    try:
        broken = _measure(suites, scratch_file, home, settings, night)
    except Exception as error:  # nothing could be measured: every check of the stage has failed
        broken = {check.table: _safe(error) for checks in groups.values() for check in checks}
    rows = []
    for suite, checks in groups.items():
        able = [check for check in checks if check.table not in broken]
        verdicts: dict[str, Verdict] = {}
        try:
            verdicts = {verdict.check_id: verdict for verdict in judge(scratch_file, f"{stage}.{suite}", able)}
        except Exception as error:  # Great Expectations itself broke
            broken |= {check.table: _safe(error) for check in able}
        for check in checks:
            row = _row(check, suite, stage, night)
            verdict = verdicts.get(check.check_id)
            rows.append(_judged(row, verdict) if verdict else as_exception(row, broken[check.table]))
    return _told(rows, {check.check_id: check for own in groups.values() for check in own}, scratch_file, settings)


class UnknownMeasure(Exception):
    """A measured column came out NULL; Great Expectations would pass over it in silence."""


def _refuse_unknowns(connection: duckdb.DuckDBPyConnection, table: str, columns: set[str]) -> None:
    for column in sorted(columns):
        unknown = connection.execute(f'select count(*) from {table} where "{column}" is null').fetchone()
        if unknown and unknown[0]:
            raise UnknownMeasure(f"{table}.{column} could not be measured in {unknown[0]} rows")


def _judged_columns(checks: Iterable[Check]) -> dict[str, set[str]]:
    """Columns that must have a value for a check to mean something, by table."""
    judged: dict[str, set[str]] = {}
    for check in checks:
        if check.expectation != "ExpectColumnValuesToNotBeNull":
            names = {check.arguments[key] for key in ("column", "column_A", "column_B") if key in check.arguments}
            judged.setdefault(check.table, set()).update(names)
    return judged


def _measure(suites: ModuleType, scratch_file: Path, home: Home, settings: Settings, night: date) -> dict[str, str]:
    """Fill the scratch file; returns the tables that could not be measured, with the class of the error."""
    judged = _judged_columns([*suites.blocking(), *suites.advisory()])
    scratch_file.parent.mkdir(parents=True, exist_ok=True)
    scratch_file.unlink(missing_ok=True)
    scratch_file.with_name(scratch_file.name + ".wal").unlink(missing_ok=True)
    broken: dict[str, str] = {}
    with connect(settings, scratch_file) as connection:
        scratch = Scratch(connection, home, settings, night)
        suites.prepare(scratch)
        for table, measure in suites.MEASURES.items():
            try:
                connection.execute(f"create table {table} as {measure(scratch)}")
                _refuse_unknowns(connection, table, judged.get(table, set()))
            except Exception as error:
                broken[table] = _safe(error)
    return broken


def _told(rows: list[GateRow], checks: dict[str, Check], scratch_file: Path, settings: Settings) -> list[GateRow]:
    """Rows whose check tells a value of its table carry it as what was observed."""
    if not any(row.success and checks[row.check_id].tell for row in rows):
        return rows
    told = []
    with connect(settings, scratch_file, read_only=True) as connection:
        for row in rows:
            check = checks[row.check_id]
            if row.success and check.tell:
                values = connection.execute(f"select distinct {check.tell} from {check.table} order by 1").fetchall()
                told.append(replace(row, observed=", ".join(str(value) for (value,) in values)))
            else:
                told.append(row)
    return told


def _row(check: Check, suite: str, stage: str, night: date) -> GateRow:
    severity = "critical" if suite == "blocking" else "warning"
    return GateRow(
        night, stage, suite, check.check_id, check.description, False, None, check.expected, None, severity, False,
        None, check.todo,
    )  # fmt: skip


def _judged(row: GateRow, verdict: Verdict) -> GateRow:
    return replace(
        row,
        success=verdict.success,
        observed=verdict.observed,
        unexpected=verdict.unexpected,
        exception=verdict.exception,
        examples=verdict.examples,
    )


_ABOUT_NAMES = (
    duckdb.CatalogException,
    duckdb.BinderException,
    duckdb.ParserException,
    duckdb.IOException,
    UnknownMeasure,
)


_LAKE_FILE = re.compile(r"(lake/[^'\"\s]+\.parquet)")


def _safe(error: Exception) -> str:
    """An error fit for a log: names of tables and columns may be told, the text of any other error may hold a value."""
    lost = _LAKE_FILE.search(str(error))
    if isinstance(error, duckdb.InvalidInputException) and lost:  # its text names the file and may quote its content
        return f"{type(error).__name__}: {lost[1]} cannot be read"
    if isinstance(error, _ABOUT_NAMES):
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return type(error).__name__
