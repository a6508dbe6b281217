"""What the morning board shows, from the published quality file of the night and the open file: aggregates alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from include.duck import connect
from include.settings import Settings

Row = dict[str, Any]

STAGES = ("submissions", "warehouse", "marts", "published", "disclosure")
"""The gates in the order of a night."""
RULES_SHOWN = 15


@dataclass(frozen=True)
class Tonight:
    """The night as quality.duckdb tells it."""

    known: bool  # False when the quality layer was not built: then only gates are known
    offices: tuple[Row, ...]  # one row for each inbox account: state, rows, held households, findings
    rules: tuple[Row, ...]  # rules with most findings tonight
    held: Row  # households, provisional, overdue, first_night
    gates: tuple[Row, ...]  # one row for each stage that ran
    failed: tuple[Row, ...]  # checks that did not pass, blocking first


@dataclass(frozen=True)
class Served:
    """What readers get this morning, from marts_open.duckdb."""

    night: date
    nation: Row
    provinces: tuple[Row, ...]
    zones: tuple[Row, ...]
    causes: tuple[Row, ...]


def is_reported(office: Row) -> bool:
    """Whether something of an office could be taken tonight, or nothing was due."""
    return office["state"] not in ("missing", "waiting", "rejected", "refused")


def read_tonight(settings: Settings, quality: Path, night: date) -> Tonight:
    """The night's figures; raises duckdb.Error when the file cannot be read."""
    with connect(settings, quality, read_only=True) as connection:
        gates = _rows(connection, _GATES, [night])
        failed = _rows(connection, _FAILED, [night])
        tables = {row["table_name"] for row in _rows(connection, _TABLES)}
        known = "reporting" in tables and bool(_rows(connection, _ANY_REPORT, [night]))
        if not known:
            return Tonight(False, (), (), {}, _in_order(gates), tuple(failed))
        return Tonight(
            True,
            tuple(_rows(connection, _OFFICES, {"night": night})),
            tuple(_rows(connection, _RULES, {"night": night})),
            _rows(connection, _HELD, {"night": night})[0],
            _in_order(gates),
            tuple(failed),
        )


def read_served(settings: Settings, marts_open: Path) -> Served:
    """The published figures; raises duckdb.Error when the file cannot be read."""
    with connect(settings, marts_open, read_only=True) as connection:
        night = _rows(connection, "select night from quality.publication")[0]["night"]
        areas = _rows(connection, _AREAS)
        nation = [row for row in areas if row["area_kind"] == "nation"]
        return Served(
            night,
            nation[0] if nation else {},
            tuple(row for row in areas if row["area_kind"] == "province"),
            tuple(_rows(connection, _ZONES)),
            tuple(_rows(connection, _CAUSES)),
        )


def _in_order(gates: list[Row]) -> tuple[Row, ...]:
    place = {stage: index for index, stage in enumerate(STAGES)}
    return tuple(sorted(gates, key=lambda gate: place.get(gate["stage"], len(place))))


def _rows(connection: duckdb.DuckDBPyConnection, query: str, values: Any = None) -> list[Row]:
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
    select stage, suite, check_id, description, observed, expected, exception, todo
    from quality.gate_results where night = ? and not success
    order by suite <> 'blocking', stage, check_id limit 50
"""
_OFFICES = """
    with rows_of as (
        select submitter, count(*) as packages, sum(received) as received, sum(accepted) as accepted,
            sum(held) as held, sum(rejected) as rejected, arg_max(state, number) as state,
            max(arrived_at) as arrived_at
        from quality.attempts where night = $night group by submitter
    ),
    held as (
        select attempts.submitter, count(*) as held_households
        from quality.held_households inner join quality.attempts as attempts using (attempt_id)
        group by attempts.submitter
    ),
    found as (
        select submitter, count(*) as findings, count(*) filter (where state = 'new') as fresh
        from quality.findings where last_night = $night and state <> 'cleared' and not trial group by submitter
    )
    select reporting.submitter, reporting.submitter_kind as kind,
        case when reporting.state in ('missing', 'waiting', 'nothing_due') then reporting.state
            else coalesce(rows_of.state, reporting.state) end as state,
        rows_of.arrived_at, coalesce(rows_of.packages, 0) as packages, coalesce(rows_of.received, 0) as received,
        coalesce(rows_of.accepted, 0) as accepted, coalesce(rows_of.held, 0) as held,
        coalesce(rows_of.rejected, 0) as rejected, coalesce(held.held_households, 0) as held_households,
        coalesce(found.findings, 0) as findings, coalesce(found.fresh, 0) as fresh
    from quality.reporting as reporting
    left join rows_of using (submitter)
    left join held using (submitter)
    left join found using (submitter)
    where reporting.night = $night
    order by reporting.submitter
"""
_RULES = f"""
    select findings.rule, findings.severity, any_value(rules.title_zh) as title_zh,
        any_value(rules.title_en) as title_en, count(*) as findings,
        count(distinct findings.household_key) as households,
        count(distinct findings.submitter) as offices, bool_or(findings.trial) as trial,
        count(*) filter (where findings.state = 'new') as fresh
    from quality.findings as findings left join quality.rules as rules using (rule)
    where findings.last_night = $night and findings.state <> 'cleared'
    group by findings.rule, findings.severity
    order by list_position(['reject', 'must_fix', 'explain', 'advice'], findings.severity), count(*) desc, findings.rule
    limit {RULES_SHOWN}
"""
_HELD = """
    select count(*) as households, count(*) filter (where provisional) as provisional,
        count(*) filter (where decide_by <= $night) as overdue, min(held_since_night) as first_night
    from quality.held_households
"""
_AREAS = """
    with latest as (
        select * from zone.poverty_monthly
        where month = (select max(month) from zone.poverty_monthly)
    )
    select summary.area_kind, summary.area_code, summary.households, summary.persons, summary.households_in_need,
        rates.month, rates.share_of_registered_below_line as share
    from zone.area_summary as summary
    left join latest as rates
        on rates.area_kind = summary.area_kind and rates.area_code = summary.area_code and rates.weight = 'persons'
    where summary.area_kind in ('nation', 'province')
    order by summary.area_kind, summary.area_code
"""
_ZONES = """
    select zones.zone_id, zones.name_zh, zones.name_en, zones.kind,
        max(rates.registered) filter (where rates.weight = 'households') as households,
        max(rates.registered) filter (where rates.weight = 'persons') as persons,
        max(rates.share_of_registered_below_line) filter (where rates.weight = 'persons') as share
    from zone.zones as zones
    inner join zone.poverty_monthly as rates on rates.area_kind = 'zone' and rates.area_code = zones.zone_id
    where rates.month = (select max(month) from zone.poverty_monthly)
    group by zones.zone_id, zones.name_zh, zones.name_en, zones.kind
    order by zones.kind, households desc nulls last, zones.zone_id
"""
_CAUSES = """
    select cause, cause_zh, cause_en, main_households as households, main_percent as percent
    from zone.cause_profile
    where area_kind = 'nation' and cause <> 'all' and month = (select max(month) from zone.cause_profile)
    order by main_households desc nulls last, cause
"""
