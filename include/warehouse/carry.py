"""Carries what a night worked out over to the next one, so that an ordinary night does not read all nights again.

The tables in CARRIED are functions of the lake, the models and the night alone. Before a build they are laid aside as
<model>__carried, in one transaction with the word of which night they are of; their models then work out anew only what
later nights touch (dbt_project/macros/carried.sql, and settled.sql for months that were cut). They are taken over only
while nothing they were made from has changed: neither models, macros and seeds, nor what the lake holds of the nights
up to theirs. A deletion, a rotation, a mended rule or a restored backup changes that, and the next build works out
everything, with the same content.

A build that dies leaves the tables that were laid aside as they are: the next one takes them over again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path

import duckdb

from include.duck import connect
from include.home import Home
from include.kill_points import TAKEN_OVER, reach
from include.settings import Settings
from include.warehouse.sources import PROJECT

SCHEMA = "intermediate"
#: Figures of cuts, of which those of settled cuts are taken over (macros/settled.sql), and what tells that they are.
SETTLED = (
    "int_cuts", "int_open_holds", "int_standards_in_force",
    "int_poverty_measures", "int_income_gini", "int_deprivation_measures", "int_cause_counts", "int_movements",
    "int_area_changes", "int_exit_guarantees", "int_sample_evidence",
)  # fmt: skip
#: Models that are taken over or compared: their SQL, or that of int_open_cuts, asks macros/carried.sql.
CARRIED = (
    "int_household_versions", "int_person_versions", "int_measure_versions", "int_assignment_versions",
    "int_application_versions", "int_decision_versions",
    "int_grievances", "int_contributions", "int_designation_deliveries", "int_designations", "int_experiences",
    "int_funds", "int_pairing_deliveries", "int_pairings", "int_plans",
    "int_samples", "int_staff", "int_tasks", "int_units", "int_villages", "int_visits",
    *SETTLED,
)  # fmt: skip
#: What of the lake they are made from.
_KINDS = (
    "accepted", "held", "attempts", "attempt_states", "withdrawals", "findings_receive", "findings_check",
    "match_decisions",
)  # fmt: skip
_BUILDING, _BUILT, _LAID_ASIDE = "building", "built", "carried"


def lay_aside(home: Home, settings: Settings, night: date) -> date | None:
    """Before a build: lay the tables of the last night aside; returns the night they are of.

    Returns None when there are none that may be taken over: then none are left, and all is worked out from the lake.
    What tonight's build is made from is noted here, before it reads anything.
    """
    home.warehouse.parent.mkdir(parents=True, exist_ok=True)
    with connect(settings, home.warehouse) as connection:
        connection.begin()
        _make_register(connection)
        if _may_be_taken_over(connection, home, night, _BUILT):
            for model in CARRIED:
                connection.execute(f"drop table if exists {SCHEMA}.{model}__carried")
                connection.execute(f"alter table {SCHEMA}.{model} rename to {model}__carried")
            connection.execute("delete from carry.nights where role = ?", [_LAID_ASIDE])
            connection.execute("update carry.nights set role = ? where role = ?", [_LAID_ASIDE, _BUILT])
        connection.execute("delete from carry.nights where role <> ?", [_LAID_ASIDE])  # until tonight's build has ended
        carried = _may_be_taken_over(connection, home, night, _LAID_ASIDE)
        if carried is None:
            connection.execute("delete from carry.nights")
            for model in CARRIED:
                connection.execute(f"drop table if exists {SCHEMA}.{model}__carried")
        connection.execute("insert into carry.nights values (?, ?, ?)", [_BUILDING, night, _made_from(home, night)])
        reach(TAKEN_OVER, "during")
        connection.commit()
    return carried


def say_built(home: Home, settings: Settings) -> None:
    """After a build that `lay_aside` began: the next night may take over what it made."""
    with connect(settings, home.warehouse) as connection:
        connection.execute("update carry.nights set role = ? where role = ?", [_BUILT, _BUILDING])


def say_overwritten(home: Home, settings: Settings) -> None:
    """Before a build of some of these tables without the others: what stands is of no one night, and is not taken over.

    What was laid aside before is whole, and may be.
    """
    home.warehouse.parent.mkdir(parents=True, exist_ok=True)
    with connect(settings, home.warehouse) as connection:
        _make_register(connection)
        connection.execute("delete from carry.nights where role = ?", [_BUILT])


def _make_register(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create schema if not exists carry")
    connection.execute("create table if not exists carry.nights (role varchar, night date, made_from varchar)")


def _may_be_taken_over(connection: duckdb.DuckDBPyConnection, home: Home, night: date, role: str) -> date | None:
    found = connection.execute("select night, made_from from carry.nights where role = ?", [role]).fetchone()
    if found is None or found[0] >= night or found[1] != _made_from(home, found[0]):
        return None
    of: date = found[0]
    return of


def _made_from(home: Home, night: date) -> str:
    """Hash of what the tables of a night are made from."""
    digest = sha256()
    for folder in ("models", "macros", "seeds"):
        for path in sorted((PROJECT / folder).rglob("*.*")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    for path in sorted(_lake_until(home, night)):
        at = path.stat()
        digest.update(f"{path.relative_to(home.lake)} {at.st_size} {at.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _lake_until(home: Home, night: date) -> Iterator[Path]:
    last = f"night={night:%Y-%m-%d}"
    for kind in _KINDS:
        for path in (home.lake / kind).rglob("*.parquet"):
            if path.parent.name <= last:  # the empty file of a source's columns lies in `layout`, before any night
                yield path
