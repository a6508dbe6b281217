"""Makes the open file from the candidate marts: aggregates alone, small cells and what would give them back hidden.

The rules of hiding are in suppression.py, the memory of earlier releases in hidden_before.py, the tables in
open_tables.py, the minimum in the seed standards.csv.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import duckdb

from include.duck import connect, literal
from include.files import write_parquet
from include.home import Home
from include.kill_points import reach
from include.settings import Settings
from include.warehouse import versions
from include.warehouse.copy import attach_read_only, comment_on
from include.warehouse.hidden_before import HiddenBefore, Release, release_of
from include.warehouse.open_table import (
    ALL_PARTS,
    PARTITIONS_OF_NATION,
    Guard,
    OpenTable,
    area_of,
    key_of,
    part_of,
)
from include.warehouse.open_tables import OPEN_SCHEMAS, OPEN_TABLES
from include.warehouse.sources import PROJECT
from include.warehouse.suppression import Cell, hidden_cells, rate_step, stepped

Row = dict[str, Any]
Atoms = dict[tuple[str, str], frozenset[str]]
_REGIONS = literal(PROJECT / "seeds" / "regions.csv")


def build_open(home: Home, settings: Settings, night: date) -> None:
    """Write the candidate open file from the candidate marts and what the published open file hides.

    Raises KeyError when a standard is missing.
    """
    path = versions.begin_candidate(home, "marts_open")
    with connect(settings, path) as connection:
        attach_read_only(connection, versions.candidate(home, "marts"), "m")
        minimum = standard(connection, "suppression_min_cell", night)
        atoms = area_atoms(connection)
        published = attach_published(connection, home)
        connection.begin()  # one transaction: every comment would be flushed to disk on its own
        for schema in OPEN_SCHEMAS:
            connection.execute(f"create schema {schema}")
        for table in sorted(OPEN_TABLES, key=lambda table: table.derived):
            rows = None
            if table.guards:
                before = _hidden_before(connection, table, published)
                rows = guarded_rows(connection, table, minimum, atoms, before, night)
            _create(connection, table, minimum, rows)
        reach("marts_open-candidate", "during")
        connection.commit()
        connection.execute("detach m")
        if published:
            connection.execute(f"detach {PUBLISHED}")
        connection.execute("checkpoint")


PUBLISHED = "published_open"
"""What the open file that readers have is attached as."""


def attach_published(connection: duckdb.DuckDBPyConnection, home: Home) -> date | None:
    """Attach the open file that readers have, read-only; returns its night, None when nothing is published yet."""
    version = versions.current(home, "marts_open")
    if version is None:
        return None
    attach_read_only(connection, home.published / version.file_name, PUBLISHED)
    return version.night


def _hidden_before(connection: duckdb.DuckDBPyConnection, table: OpenTable, published: date | None) -> HiddenBefore:
    memory = HiddenBefore(table)
    if published:
        there = connection.execute(
            "select count(*) from duckdb_tables() where database_name = ? and schema_name = ? and table_name = ?",
            [PUBLISHED, table.schema, table.name],
        ).fetchone()
        if there and there[0]:
            memory.remember(_rows(connection, f"select * from {PUBLISHED}.{table.full_name}"), published)
    return memory


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    result = connection.execute(query)
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, values, strict=True)) for values in result.fetchall()]


def write_open_parquet(home: Home, settings: Settings) -> int:
    """Write the candidate folder of open tables, a Parquet file for each, from the candidate file; returns how many."""
    folder = versions.begin_candidate(home, versions.OPEN_FOLDER)
    with connect(settings, versions.candidate(home, "marts_open"), read_only=True) as connection:
        for table in OPEN_TABLES:
            query = f"select * from {table.full_name} order by {', '.join(table.key)}"
            write_parquet(connection, query, folder / f"{table.name}.parquet")
    return len(OPEN_TABLES)


def standard(connection: duckdb.DuckDBPyConnection, subject: str, night: date, marts: str = "m") -> float:
    """A national standard in force on the night of the attached marts; raises KeyError when there is none."""
    found = connection.execute(
        f"select cast(value as double) from {marts}.household.standards"
        " where subject = ? and jurisdiction = 'CN' and in_force",
        [subject],
    ).fetchone()
    if not found:
        raise KeyError(f"no national standard {subject} in force on {night:%Y-%m-%d}")
    return float(found[0])


def area_atoms(connection: duckdb.DuckDBPyConnection, marts: str = "m") -> Atoms:
    """For each area (kind, code) the smallest pieces that any two areas tell apart: county by set of zones."""
    rows = connection.execute(
        f"""
        with places as (
            select distinct coalesce(village_code, county_code, county_id) as place_code,
                province_code, prefecture_code, county_code
            from {marts}.household.households
        ),
        zoned as (
            select place_code, list(distinct zone_id order by zone_id) as zones
            from {marts}.zone.place_zones group by place_code
        ),
        pieces as (
            select distinct p.province_code, p.prefecture_code, p.county_code, coalesce(z.zones, []) as zones,
                coalesce(p.county_code, '?') || '/' || array_to_string(coalesce(z.zones, []), '+') as atom
            from places as p left join zoned as z using (place_code)
        )
        select area_kind, area_code, list(distinct atom order by atom) from (
            select 'nation' as area_kind, 'CN' as area_code, atom from pieces
            union all select 'province', province_code, atom from pieces
            union all select 'prefecture', prefecture_code, atom from pieces
            union all select 'county', county_code, atom from pieces
            union all select 'zone', unnest(zones), atom from pieces
            union all select 'region', r.region_id, atom from pieces
                inner join read_csv({_REGIONS}, all_varchar = true) as r using (province_code)
        ) where area_code is not null group by area_kind, area_code
        """
    ).fetchall()
    return {(kind, code): frozenset(atoms) for kind, code, atoms in rows}


def systems(table: OpenTable, guard: Guard, rows: Sequence[Row], atoms: Atoms) -> list[list[Cell]]:
    """The cells of one slice under one guard, as systems in which cells are added up with each other.

    A table without parts is one system. With parts it is two. The first holds the totals of all areas. The second
    holds the parts, and takes every total as known: of the areas, and of each group of places that no area with parts
    tells apart. Totals of finer areas need not be looked at: a total counts all parts alike, so it tells nothing of how
    its area's people are split among them. What one system hides is hidden in the other too: with less shown there,
    less can be worked out.
    """
    rows = [row for row in rows if area_of(row) in atoms]
    whole = [row for row in rows if part_of(table, row) == ALL_PARTS]
    totals = [_cell(table, guard, row, frozenset(atoms[area_of(row)])) for row in whole]
    split = [row for row in rows if part_of(table, row) != ALL_PARTS]
    if not split:
        return [totals]
    areas = {area_of(row) for row in split}
    groups = _groups(areas, atoms)
    parts = sorted({part_of(table, row) for row in split})
    cells = []
    for row in split:
        inside = frozenset((group, part_of(table, row)) for group in groups[area_of(row)])
        cells.append(_cell(table, guard, row, inside))
    for row in whole:
        if area_of(row) in areas:
            inside = frozenset((group, part) for group in groups[area_of(row)] for part in parts)
            cells.append(replace(_cell(table, guard, row, inside), family=f"{row['area_kind']}, total", known=True))
    for group in frozenset().union(*groups.values()):
        inside = frozenset((group, part) for part in parts)
        cells.append(Cell(("group", group), "group", inside, counts=(), known=True))
    return [totals, cells]


def _groups(areas: set[tuple[str, str]], atoms: Atoms) -> Atoms:
    """For each area the groups of atoms that lie in the same areas of these."""
    lies_in: dict[str, list[str]] = {}
    for area in sorted(areas):
        for atom in atoms[area]:
            lies_in.setdefault(atom, []).append(" ".join(area))
    return {area: frozenset(", ".join(lies_in[atom]) for atom in atoms[area]) for area in areas}


def _cell(table: OpenTable, guard: Guard, row: Row, inside: frozenset[Any]) -> Cell:
    counts = tuple(float(row[name] or 0) for name in guard.counts)
    return Cell(key_of(table, row), _family(area_of(row)), inside, counts, _rank(area_of(row)))


def _family(area: tuple[str, str]) -> str:
    return area[0] if area[0] in PARTITIONS_OF_NATION else f"{area[0]} {area[1]}"


def _rank(area: tuple[str, str]) -> int:
    """Zones are hidden before counties, counties before what they add up to."""
    return ["zone", "county", "prefecture", "province", "region", "nation"].index(area[0])


def hidden_keys(
    table: OpenTable, rows: Sequence[Row], minimum: float, atoms: Atoms, before: HiddenBefore, release: Release
) -> dict[Guard, set[Any]]:
    """For each guard the keys (area_kind, area_code, part) of one slice's rows whose columns must be hidden."""
    hidden: dict[Guard, set[Any]] = {}
    for number, guard in enumerate(table.guards):
        stays, again = before.stays(release, number), before.again(release, number)
        hidden[guard] = {key_of(table, row) for row in rows if area_of(row) not in atoms}  # where it lies is not known
        for cells in systems(table, guard, rows, atoms):
            hidden[guard] |= hidden_cells(cells, minimum, stays, again)
    return hidden


def _create(
    connection: duckdb.DuckDBPyConnection, table: OpenTable, minimum: float, rows: Sequence[Row] | None
) -> None:
    """Create a table, from guarded rows or from its query."""
    typed = [f'"{name}" {type_}' for name, (type_, _) in table.columns.items()]
    if table.guards:
        typed.append('"suppressed" BOOLEAN')
    connection.execute(f"create table {table.full_name} ({', '.join(typed)})")
    if rows is not None:
        _insert(connection, table, rows)
    else:
        names = ", ".join(f'"{name}"' for name in table.columns)
        order = ", ".join(f'"{name}"' for name in table.key)
        connection.execute(f"insert into {table.full_name} select {names} from ({table.query}) order by {order}")
    comment_on(connection, f"table {table.full_name}", table.comment)
    steps = dict.fromkeys(table.tallies, f"; to the nearest {minimum:g}")
    steps |= dict.fromkeys(table.rates, f"; in steps worth {minimum:g} of those it is a share of")
    for name, (_, text) in table.columns.items():
        comment_on(connection, f'column {table.full_name}."{name}"', text + steps.get(name, ""))
    if table.guards:
        text = (
            f"Something in this row is hidden: a count under {minimum:g}, or one that would give such a count back, or"
            " one that was hidden earlier this month"
        )
        comment_on(connection, f"column {table.full_name}.suppressed", text)


def _insert(connection: duckdb.DuckDBPyConnection, table: OpenTable, rows: Sequence[Row]) -> None:
    """Insert all rows in one statement, by way of JSON: one insert for each row takes seconds."""
    names = [*table.columns, "suppressed"]
    if not rows:
        return
    shape = json.dumps([{name: type_ for name, (type_, _) in table.columns.items()} | {"suppressed": "BOOLEAN"}])
    text = json.dumps([{name: row[name] for name in names} for row in rows], default=str)
    listed = ", ".join(f'r."{name}"' for name in names)
    connection.execute(
        f"insert into {table.full_name} select {listed} from (select unnest(from_json(?, ?)) as r)", [text, shape]
    )


def guarded_rows(
    connection: duckdb.DuckDBPyConnection,
    table: OpenTable,
    minimum: float,
    atoms: Atoms,
    before: HiddenBefore,
    night: date,
) -> list[Row]:
    """Rows of a table with small cells and their complements emptied, figures in steps, and `suppressed` told.

    What is hidden is added to the memory, month by month: a month hides what the one before it hid.
    """
    rows = _rows(connection, f"select * from ({table.query}) order by {', '.join(table.key)}")
    slices: dict[tuple[Release, str], list[Row]] = {}
    for row in rows:
        separate = str([row[name] for name in table.slice])
        slices.setdefault((release_of(table, row, night), separate), []).append(row)
    for (release, _), members in sorted(slices.items(), key=lambda item: (str(item[0][0]), item[0][1])):
        hidden = hidden_keys(table, members, minimum, atoms, before, release)
        for row in members:
            _step(table, row, minimum)
            row["suppressed"] = False
            for guard in table.guards:
                key = key_of(table, row)
                if key in hidden[guard] or (*key[:2], ALL_PARTS) in hidden[guard]:  # with a total its shares go too
                    row["suppressed"] = True
                    row.update(dict.fromkeys(guard.columns))
        before.remember(members, night)
    return rows


def _step(table: OpenTable, row: Row, minimum: float) -> None:
    """Show the row's rates and counts in steps; the rates first, whose denominators may be counts of the row."""
    for rate, denominator in table.rates.items():
        if row[rate] is not None:
            scale = 100 if rate.endswith("percent") else 1
            step = rate_step(float(row[denominator] or 0), minimum) * scale
            row[rate] = round(step * round(float(row[rate]) / step), 3)
    for name in table.tallies:
        if row[name] is not None:
            row[name] = stepped(float(row[name]), minimum)
