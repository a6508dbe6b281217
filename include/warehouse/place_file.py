"""Cuts the published marts down to one province, prefecture or county: its households, places and reports alone.

Row access by jurisdiction: whoever gets such a file can look up nobody and no place beyond it. A table comes along only
by a rule, which follows from its columns (`rule_of`); a table that none fits is refused, so that a new one cannot leave
unnoticed. What was written is read back and looked through for other places before it gets its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from include.duck import connect
from include.files import write_aside
from include.home import Home
from include.settings import Settings
from include.warehouse import versions
from include.warehouse.content_hash import MART_SCHEMAS
from include.warehouse.copy import attach_read_only, comment_on, copy_table, tables_of
from include.warehouse.open_tables import WRITTEN_BY_HAND, told
from include.warehouse.publish import create_macros

COUNTY, PROVINCE = 6, 2
"""Digits of a county's code and of a province's."""

WHOLE = frozenset({
    "household.code_lists", "household.standards", "quality.publication", "responsibility.indicators", "zone.places",
    "zone.experiences", "zone.rulebook", "zone.zone_places", "zone.zones",
})  # fmt: skip
"""Facts, rules in force and what offices wrote to be passed on: the same for everybody, nothing of a household."""

LEFT_OUT = {
    "quality.alerts": "an alert is about a night, over all counties",
    "quality.gate_results": "counts over all counties and names of counties",
    "quality.match_decisions": "a decision is about two counties",
    "quality.removals": "what the centre removed, over all counties",
    "quality.restatements": "figures over all areas of a level",
    "quality.rules": "findings over all counties",
    "zone.practices": "households of several provinces compared; the open file passes practice on",
}
"""Tables that no part of can be told to one place, and why; marts_open.duckdb has what everybody may see."""

SPECIAL = {
    "responsibility.designation_promises": "{place:helped_place_code}",
    "responsibility.designations": "{place:helped_place_code}",
    "responsibility.pairing_deliveries": "{place:helper_place_code} or {place:helped_place_code}",
    "responsibility.pairing_promises": "{place:helper_place_code} or {place:helped_place_code}",
    "responsibility.staff": "{place:place_code} or staff_key in"
    " (select staff_key from {source}.responsibility.assignment_versions where {place:household_key})",
    "responsibility.units": "{place:place_code} or coalesce(place_code, '') = ''",
}
"""Who is helped by a unit; both sides of a pairing; who helps a household here; units of the centre, of no place."""

_TELLS_A_PLACE = {"area_code", "place_code", "county_code", "county_id"}
_PLACE_COLUMNS = ("place_code", "county_code", "county_id", "village_code", "submitter")


class NoPlaceFile(ValueError):
    """The place is none, nothing is published, a table has no rule, or the file would hold another place."""


@dataclass(frozen=True)
class PlaceFile:
    """A file cut for one place."""

    path: Path
    rows: Mapping[str, int]
    """Number of rows by "schema.table"."""


@dataclass(frozen=True)
class _Place:
    """The codes that lie within a place: counties by every code they ever had, and what lies above them."""

    counties: tuple[str, ...]
    above: tuple[str, ...]

    def holds(self, column: str) -> str:
        """SQL that is true where a division code, an office's account or a household lies within the place.

        The key of a household begins with the id of the county that registered it, which is a code of that county.
        """
        return f"(left({column}, {COUNTY}) in {_listed(self.counties)} or {column} in {_listed(self.above)})"


def write_place_file(home: Home, settings: Settings, place: str, folder: Path) -> PlaceFile:
    """Write marts-<night>-<number>-<place>.duckdb into `folder`, whole or not at all, for its owner alone to read.

    `place` is the code of a province (2 digits), prefecture (4) or county (6, any code it ever had).

    Raises NoPlaceFile.
    """
    published = versions.current(home, "marts")
    if published is None:
        raise NoPlaceFile("nothing is published yet: run a night first")
    if not re.fullmatch(r"[0-9]{2}([0-9]{2}){0,2}", place):
        raise NoPlaceFile(f"{place!r} is no province (2 digits), prefecture (4) or county (6)")
    target = folder / f"{Path(published.file_name).stem}-{place}.duckdb"
    with write_aside(target) as aside:
        aside.unlink(missing_ok=True)
        with connect(settings, aside) as connection:
            attach_read_only(connection, home.published / published.file_name, "whole")
            codes = _codes(connection, place)
            connection.begin()  # one transaction: every comment would be flushed to disk on its own
            rows = _copy(connection, codes)
            create_macros(connection)
            _sign(connection, place, published.file_name)
            connection.commit()
            connection.execute("detach whole")
            _refuse_other_places(connection, codes)
            connection.execute("checkpoint")
        aside.chmod(0o600)  # rows of households, in a folder that may be anybody's
    return PlaceFile(target, rows)


def rule_of(table: str, columns: tuple[str, ...]) -> str | None:
    """How a table is cut, as a template of _Place's conditions; None for a table that none of the rules fits.

    By household where it has one, else by the area it sums up, else by the first place column. A row that names no
    household, in a table that can, goes by its place.
    """
    if table in WHOLE:
        return "true"
    if table in SPECIAL:
        return SPECIAL[table]
    if "area_code" in columns:
        return "area_kind in ('province', 'prefecture', 'county', 'township', 'village') and {place:area_code}"
    place = next((f"{{place:{name}}}" for name in _PLACE_COLUMNS if name in columns), None)
    if "household_key" not in columns:
        return place
    household = "{place:household_key}"
    return f"{household} or (household_key is null and {place})" if place else household


def _codes(connection: duckdb.DuckDBPyConnection, place: str) -> _Place:
    """The codes within a place, from the published tree of places; raises NoPlaceFile for one that is not in it."""
    known = connection.execute(
        "with inside as (select distinct county_id from whole.zone.places where level = 'county'"
        " and starts_with(place_code, $place) and len($place) <= 6)"
        " select list(distinct place_code order by place_code) filter (where level = 'county' and county_id in"
        " (from inside)), list(distinct place_code order by place_code) filter (where level in"
        " ('province', 'prefecture') and starts_with(place_code, $place)),"
        " count(*) filter (where place_code = $place) from whole.zone.places",
        {"place": place},
    ).fetchone()
    counties, above, found = known or ([], [], 0)
    if not found or not counties:
        raise NoPlaceFile(f"{place!r} is no province (2 digits), prefecture (4) or county (6) of the published places")
    offices = [code.ljust(COUNTY, "0") for code in above or [] if len(code) == PROVINCE]
    return _Place(tuple(counties), (*(above or ()), *offices))


def _copy(connection: duckdb.DuckDBPyConnection, codes: _Place) -> dict[str, int]:
    copied = {}
    for schema in MART_SCHEMAS:
        connection.execute(f"create schema if not exists {schema}")
        for name, told_of in tables_of(connection, "whole", schema).items():
            table = f"{schema}.{name}"
            if table in LEFT_OUT:
                continue
            rule = rule_of(table, tuple(told_of.columns))
            if rule is None:
                raise NoPlaceFile(f"{table} has no rule by which it is cut (include/warehouse/place_file.py)")
            copied[table] = copy_table(connection, "whole", schema, told_of, where=_filled(rule, codes, "whole"))
            if table == "zone.experiences":
                written = ", ".join(f"{column} = {told(column)}" for column in (*WRITTEN_BY_HAND, "unit_name"))
                connection.execute(f"update {table} set {written}")
    return copied


def _filled(rule: str, codes: _Place, source: str) -> str:
    filled = rule.replace("{source}", source)
    for name in {*_PLACE_COLUMNS, "area_code", "helper_place_code", "helped_place_code", "household_key"}:
        filled = filled.replace(f"{{place:{name}}}", codes.holds(name))
    return filled


def _refuse_other_places(connection: duckdb.DuckDBPyConnection, codes: _Place) -> None:
    """Raise NoPlaceFile when a written row names a household, or sums up an area, that lies elsewhere.

    Looked at by the columns' names, not by the rules that chose the rows: the key of a household begins with the id of
    its county; a row without a household, in a table that can name one, is looked at as one of places. Staff, units and
    the other side of a pairing may be from elsewhere.
    """
    written = _name(connection)
    tables = {
        f"{schema}.{name}": table.columns
        for schema in MART_SCHEMAS
        for name, table in tables_of(connection, written, schema).items()
    }
    for table, columns in tables.items():
        if table in WHOLE or table in SPECIAL:
            continue
        of_households = "household_key" in columns
        for column in ({"household_key"} | _TELLS_A_PLACE) & columns.keys():
            # A row of a household goes by its key: the household may have moved here from elsewhere.
            looked_at = "household_key is null" if of_households and column != "household_key" else "true"
            found = connection.execute(
                f"select count(*) from {table} where {looked_at} and {column} is not null and not {codes.holds(column)}"
            ).fetchone()
            if found and found[0]:
                raise NoPlaceFile(f"{table} would hold {found[0]} rows of other places by {column}: nothing is written")


def _sign(connection: duckdb.DuckDBPyConnection, place: str, source: str) -> None:
    connection.execute("create table quality.cut (place_code varchar, cut_from varchar)")
    connection.execute("insert into quality.cut values (?, ?)", [place, source])
    comment_on(connection, "table quality.cut", "One row: the place that this file was cut for, and from what")
    comment_on(connection, "column quality.cut.place_code", "Code of the province, prefecture or county")
    comment_on(connection, "column quality.cut.cut_from", "Name of the published file that holds all places")


def _name(connection: duckdb.DuckDBPyConnection) -> str:
    found = connection.execute("select current_database()").fetchone()
    return str(found[0]) if found else ""


def _listed(codes: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{code}'" for code in codes or ("",)) + ")"
