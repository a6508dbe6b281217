"""Makes the open file from the candidate marts: aggregates alone, small cells and what would give them back hidden.

The rules of hiding are in suppression.py, the tables in open_tables.py, the minimum in the seed standards.csv.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import duckdb

from include.duck import connect
from include.files import write_parquet
from include.home import Home
from include.kill_points import reach
from include.settings import Settings
from include.warehouse import versions
from include.warehouse.copy import attach_read_only, comment_on
from include.warehouse.open_tables import (
    ALL_PARTS,
    OPEN_SCHEMAS,
    OPEN_TABLES,
    PARTITIONS_OF_NATION,
    RATE_DIGITS,
    Guard,
    OpenTable,
)
from include.warehouse.sources import PROJECT
from include.warehouse.suppression import Cell, hidden_cells

Row = dict[str, Any]
Atoms = dict[tuple[str, str], frozenset[str]]
_REGIONS = str(PROJECT / "seeds" / "regions.csv").replace("'", "''")


def build_open(home: Home, settings: Settings, night: date) -> None:
    """Write the candidate open file from the candidate marts; raises KeyError when a standard is missing."""
    path = versions.begin_candidate(home, "marts_open")
    with connect(settings, path) as connection:
        attach_read_only(connection, versions.candidate(home, "marts"), "m")
        minimum = standard(connection, "suppression_min_cell", night)
        coarse = standard(connection, "suppression_round_rates_denominator", night)
        atoms = area_atoms(connection)
        connection.begin()  # one transaction: every comment would be flushed to disk on its own
        for schema in OPEN_SCHEMAS:
            connection.execute(f"create schema {schema}")
        for table in OPEN_TABLES:
            if not table.derived:
                _create(connection, table, minimum, coarse, atoms)
        for table in OPEN_TABLES:
            if table.derived:
                _create(connection, table, minimum, coarse, atoms)
        reach("marts_open-candidate", "during")
        connection.commit()
        connection.execute("detach m")
        connection.execute("checkpoint")


def write_open_parquet(home: Home, settings: Settings, version: versions.Version) -> int:
    """Write each open table as published/open/<table>.parquet from the published open file; returns how many."""
    with connect(settings, home.published / version.file_name, read_only=True) as connection:
        for table in OPEN_TABLES:
            query = f"select * from {table.full_name} order by {', '.join(table.key)}"
            write_parquet(connection, query, home.published / "open" / f"{table.name}.parquet")
    return len(OPEN_TABLES)


def standard(connection: duckdb.DuckDBPyConnection, subject: str, night: date, marts: str = "m") -> float:
    """A national standard in force on a night, from the attached marts; raises KeyError when there is none."""
    found = connection.execute(
        f"select cast(value as double) from {marts}.household.standards where subject = ? and jurisdiction = 'CN'"
        " and coalesce(try_cast(valid_from as date), date '0001-01-01') <= ?"
        " and coalesce(try_cast(valid_to as date), date '9999-12-31') >= ?"
        " order by coalesce(try_cast(valid_from as date), date '0001-01-01') desc limit 1",
        [subject, night, night],
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
                inner join read_csv('{_REGIONS}', all_varchar = true) as r using (province_code)
        ) where area_code is not null group by area_kind, area_code
        """
    ).fetchall()
    return {(kind, code): frozenset(atoms) for kind, code, atoms in rows}


def systems(table: OpenTable, guard: Guard, rows: Sequence[Row], atoms: Atoms) -> list[list[Cell]]:
    """The cells of one slice under one guard, as systems in which cells are added up with each other.

    A table without parts is one system. With parts it is two. The first holds the totals of all areas. The second
    holds the parts, and takes every total as known: of the areas, and of each group of places that no area with parts
    tells apart. More the totals of finer areas cannot add to what is known of a part, since they weigh all parts
    alike. What one system hides is hidden in the other too: that takes from what can be worked out there, and makes no
    leftover smaller.
    """
    rows = [row for row in rows if _area(row) in atoms]
    whole = [row for row in rows if part_of(table, row) == ALL_PARTS]
    totals = [_cell(table, guard, row, frozenset(atoms[_area(row)])) for row in whole]
    split = [row for row in rows if part_of(table, row) != ALL_PARTS]
    if not split:
        return [totals]
    areas = {_area(row) for row in split}
    groups = _groups(areas, atoms)
    parts = sorted({part_of(table, row) for row in split})
    cells = []
    for row in split:
        inside = frozenset((group, part_of(table, row)) for group in groups[_area(row)])
        cells.append(_cell(table, guard, row, inside))
    for row in whole:
        if _area(row) in areas:
            inside = frozenset((group, part) for group in groups[_area(row)] for part in parts)
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
    return Cell(key_of(table, row), _family(_area(row)), inside, counts, _rank(_area(row)))


def _area(row: Row) -> tuple[str, str]:
    return str(row["area_kind"]), str(row["area_code"])


def part_of(table: OpenTable, row: Row) -> str:
    """The part of its area that a row tells of; `all` in a table without parts."""
    return str(row[table.part]) if table.part else ALL_PARTS


def key_of(table: OpenTable, row: Row) -> tuple[str, str, str]:
    """Kind and code of a row's area, and its part: what names a cell within a slice."""
    return (*_area(row), part_of(table, row))


def _family(area: tuple[str, str]) -> str:
    return area[0] if area[0] in PARTITIONS_OF_NATION else f"{area[0]} {area[1]}"


def _rank(area: tuple[str, str]) -> int:
    """Zones are hidden before counties, counties before what they add up to."""
    return ["zone", "county", "prefecture", "province", "region", "nation"].index(area[0])


def hidden_keys(table: OpenTable, rows: Sequence[Row], minimum: float, atoms: Atoms) -> dict[Guard, set[Any]]:
    """For each guard the keys (area_kind, area_code, part) of one slice's rows whose columns must be hidden."""
    hidden: dict[Guard, set[Any]] = {}
    for guard in table.guards:
        hidden[guard] = {key_of(table, row) for row in rows if _area(row) not in atoms}  # where it lies is not known
        for cells in systems(table, guard, rows, atoms):
            hidden[guard] |= hidden_cells(cells, minimum)
    return hidden


def _create(
    connection: duckdb.DuckDBPyConnection, table: OpenTable, minimum: float, coarse: float, atoms: Atoms
) -> None:
    typed = [f'"{name}" {type_}' for name, (type_, _) in table.columns.items()]
    if table.guards:
        typed.append('"suppressed" BOOLEAN')
    connection.execute(f"create table {table.full_name} ({', '.join(typed)})")
    order = ", ".join(f'"{name}"' for name in table.key)
    if table.guards:
        rows = guarded_rows(connection, table, minimum, coarse, atoms)
        _insert(connection, table, rows)
    else:
        names = [f'"{name}"' for name in table.columns]
        connection.execute(
            f"insert into {table.full_name} select {', '.join(names)} from ({table.query}) order by {order}"
        )
    comment_on(connection, f"table {table.full_name}", table.comment)
    for name, (_, text) in table.columns.items():
        comment_on(connection, f'column {table.full_name}."{name}"', text)
    if table.guards:
        text = f"Something in this row is hidden: a count under {minimum:g}, or one that would give such a count back"
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
    connection: duckdb.DuckDBPyConnection, table: OpenTable, minimum: float, coarse: float, atoms: Atoms
) -> list[Row]:
    """Rows of a table with small cells and their complements emptied, rates rounded, and `suppressed` told."""
    result = connection.execute(f"select * from ({table.query}) order by {', '.join(table.key)}")
    names = [column[0] for column in result.description or []]
    rows: list[Row] = [dict(zip(names, values, strict=True)) for values in result.fetchall()]
    slices: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        slices.setdefault(tuple(row[name] for name in table.slice), []).append(row)
    for members in slices.values():
        hidden = hidden_keys(table, members, minimum, atoms)
        for row in members:
            _round(table, row, coarse)
            row["suppressed"] = False
            for guard in table.guards:
                key = key_of(table, row)
                if key in hidden[guard] or (*key[:2], ALL_PARTS) in hidden[guard]:  # with a total its shares go too
                    row["suppressed"] = True
                    row.update(dict.fromkeys(guard.columns))
    return rows


def _round(table: OpenTable, row: Row, coarse: float) -> None:
    for rate, denominator in table.rates.items():
        if row[rate] is not None:
            few = (row[denominator] or 0) < coarse
            digits = (1 if few else RATE_DIGITS) - (2 if rate.endswith("percent") else 0)
            row[rate] = round(float(row[rate]), digits)
