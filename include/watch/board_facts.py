"""The night as the published quality file tells it, for the morning board and the night's message: counts alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from include.duck import connect
from include.intake.taken import replaces
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
    ]  # one row for each inbox account: state and its reason, what was refused after it, rows, held, open findings
    held: Row  # households, provisional, overdue, first_night
    gates: tuple[Row, ...]  # one row for each stage that ran
    failed: tuple[Row, ...]  # checks that did not pass: blocking first, then in the order of the night
    breakers: tuple[
        Row, ...
    ] = ()  # what a breaker holds and nobody has answered: submitter, night, rule, measured, ...
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
            tuple(rows(connection, BREAKERS_WAITING, {"night": night})),
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
# What stands and what is held is the county's, also where an older code of it sent the rows. Where two codes of a
# county have an account, it is told with the one that sent something, and with the newer of two that did.
OFFICES_OF_NIGHTS = """
    select submitter, submitter_kind as kind, county_id, night, outcome as state, reason,
        later_outcome as later_state, later_reason, withdrawn,
        case when row_number() over (
            partition by county_id, night order by outcome in ('missing', 'waiting'), submitter desc
        ) = 1 then county_id end as for_county
    from quality.reporting
"""
"""Offices by night, what came of the night, and the county whose findings and held households are told with it."""

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
# As include.intake.release.waiting has it of the lake: held by a breaker, and nothing and nobody has settled it since.
BREAKERS_WAITING = f"""
    select held.submitter, held.county_id, held.attempt_id, held.night, verdicts.rule, verdicts.measured,
        verdicts.threshold
    from quality.verdicts as verdicts inner join quality.attempts as held using (attempt_id)
    where verdicts.verdict = 'hold' and held.night <= $night and held.withdrawn_night is null
        and held.attempt_id not in (select attempt_id from quality.releases)
        and not exists (select 1 from quality.attempts as later where {replaces("later", "held")})
    order by held.submitter, held.attempt_id, verdicts.rule
"""
"""Attempts whose removals and exits wait for a person, of this night and earlier ones; a row for each rule."""
_FINDINGS = """
    select severity, count(*) as findings from quality.findings
    where first_night <= ? and not trial and is_open
    group by severity order by severity
"""
_OFFICES = f"""
    with offices as ({OFFICES_OF_NIGHTS} where night = $night),
    rows_of as (
        select submitter, count(*) as packages, sum(received) as received, sum(accepted) as accepted,
            sum(held) as held, sum(rejected) as rejected, max(arrived_at) as arrived_at
        from quality.attempts where night = $night group by submitter
    ),
    held as (
        select attempts.county_id, count(*) as held_households, count(*) filter (where provisional) as provisional,
            count(*) filter (where decide_by <= $night) as overdue, min(decide_by) as decide_by
        from quality.held_households inner join quality.attempts as attempts using (attempt_id)
        group by attempts.county_id
    ),
    found as (
        select county_id, count(*) filter (where is_open) as findings,
            count(*) filter (where is_open and first_night = $night) as fresh,
            count(*) filter (where cleared_night = $night) as cleared
        from quality.findings where first_night <= $night and not trial group by county_id
    )
    select offices.submitter, offices.kind, offices.county_id, offices.state, offices.reason, offices.later_state,
        offices.later_reason, offices.withdrawn, rows_of.arrived_at, coalesce(rows_of.packages, 0) as packages,
        coalesce(rows_of.received, 0) as received, coalesce(rows_of.accepted, 0) as accepted,
        coalesce(rows_of.held, 0) as held, coalesce(rows_of.rejected, 0) as rejected,
        coalesce(held.held_households, 0) as held_households,
        coalesce(held.provisional, 0) as provisional, coalesce(held.overdue, 0) as overdue, held.decide_by,
        coalesce(found.findings, 0) as findings, coalesce(found.fresh, 0) as fresh,
        coalesce(found.cleared, 0) as cleared
    from offices
    left join rows_of using (submitter)
    left join held on held.county_id = offices.for_county
    left join found on found.county_id = offices.for_county
    order by offices.submitter
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
