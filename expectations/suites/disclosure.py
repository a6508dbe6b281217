"""disclosure: the open file holds allowed aggregates alone, and nothing small can be read from it or worked out."""

from __future__ import annotations

from typing import Any

from expectations.checks import Check, none_of, one_of, rows_from
from expectations.measure import Measure, Scratch
from include.duck import literal
from include.intake.long_numbers import RUN
from include.warehouse.disclosure import PUBLISHED, Row, area_atoms, attach_published, standard, systems
from include.warehouse.open_table import PERIOD, Guard, OpenTable, key_of
from include.warehouse.open_tables import OPEN_TABLES
from include.warehouse.suppression import recovered_cells, small_remainders
from include.warehouse.versions import candidate

_STOP = "Stop: nothing open is published until include/warehouse/open_tables.py or suppression.py is mended"


def allowed_columns() -> list[str]:
    """Every column that the open file may hold, as schema.table.column."""
    return [
        f"{table.full_name}.{column}"
        for table in OPEN_TABLES
        for column in [*table.columns, *(["suppressed"] if table.guards else [])]
    ]


def blocking() -> list[Check]:
    """What stops the open file, and with it publishing."""
    return [
        one_of(
            "disclosure-columns-allowed", "open_columns", "qualified", allowed_columns(),
            "The open file has the allowed tables and columns and no other", _STOP,
        ),
        rows_from(
            "disclosure-file-has-columns", "open_columns", len(allowed_columns()), len(allowed_columns()),
            "The open file has all its tables", "Run publish again: the open file was cut short",
        ),
        rows_from(
            "disclosure-minimum-known", "minimum", 1, 1,
            "The smallest cell that may be shown is a standard in force", "Add suppression_min_cell to standards.csv",
        ),
        none_of(
            "disclosure-no-small-cell", "cells", "small_shown",
            "No count under the minimum is shown, and no rate that rests on one", _STOP,
        ),
        none_of(
            "disclosure-no-row-missing", "grid", "missing",
            "Every area has a row for every month and part: one that is missing would say that nobody is there", _STOP,
        ),
        none_of(
            "disclosure-no-small-remainder", "complements", "small_remainders",
            "What is left of a shown total after taking away its shown parts is nothing, or reaches the minimum", _STOP,
        ),
        none_of(
            "disclosure-no-cell-recovered", "complements", "recovered",
            "No hidden small cell follows from adding and subtracting shown ones", _STOP,
        ),
        none_of(
            "disclosure-counts-in-steps", "cells", "not_in_steps",
            "Every count shown is a multiple of the minimum, and so every difference between nights", _STOP,
        ),
        none_of(
            "disclosure-hidden-stays-hidden", "nights", "shown_again",
            "What an earlier night hid of the same month is not shown",
            "Stop: see include/warehouse/hidden_before.py; two nights together would tell what neither tells alone",
        ),
        none_of(
            "disclosure-no-restricted-zone", "texts", "restricted",
            "No restricted zone is named anywhere in the open file", _STOP,
        ),
        none_of(
            "disclosure-no-resident-number", "texts", "numbers",
            "No text of the open file holds a number of 18 digits", _STOP,
        ),
        none_of(
            "disclosure-no-household-key", "texts", "keys",
            "No text of the open file holds a household key", _STOP,
        ),
    ]  # fmt: skip


def advisory() -> list[Check]:
    """What a person should look at in the morning."""
    return [
        none_of(
            "disclosure-table-wholly-hidden", "shown", "wholly_hidden",
            "No open table is hidden as a whole",
            "The country is too small for this table, or a guard is too strict: look at open_tables.py",
        ),
    ]  # fmt: skip


def prepare(scratch: Scratch) -> None:
    """Attach the candidate open file and the candidate marts it was made from, read-only."""
    for alias, kind in (("o", "marts_open"), ("m", "marts")):
        path = literal(candidate(scratch.home, kind).absolute())
        scratch.connection.execute(f"attach {path} as {alias} (read_only)")
    attach_published(scratch.connection, scratch.home)


def _open_columns(_: Scratch) -> str:
    name = "concat_ws('.', schema_name, table_name, column_name)"
    return (
        f"select {name} as scope, {name} as qualified from duckdb_columns()"
        " where database_name = 'o' and not internal order by 1"
    )


def _minimum(scratch: Scratch) -> str:
    return f"select 'nation' as scope, {standard(scratch.connection, 'suppression_min_cell', scratch.night)} as value"


def _cells(scratch: Scratch) -> str:
    """For each table, guard and kind of area: shown cells whose counts, worked out again, are small."""
    minimum = standard(scratch.connection, "suppression_min_cell", scratch.night)
    parts = []
    for table in OPEN_TABLES:
        for number, guard in enumerate(table.guards):
            small = " or ".join(f"coalesce(r.{count}, 0) < {minimum}" for count in guard.counts)
            seen = " or ".join(f"s.{column} is not null" for column in guard.columns)
            off = " or ".join(f"s.{column} % {minimum} <> 0" for column in table.tallies if column in guard.columns)
            parts.append(
                f"select '{table.full_name} {guard.columns[0]} ' || r.area_kind as scope, {number} as guard,"
                f" count(*) filter (where ({small}) and ({seen})) as small_shown,"
                f" count(*) filter (where {off or 'false'}) as not_in_steps"
                f" from ({table.query}) as r inner join o.{table.full_name} as s using ({', '.join(table.key)})"
                " group by r.area_kind"
            )
    return " union all ".join(parts)


def _grid(_: Scratch) -> str:
    """For each table and kind of area: how many rows are wanting until each area has what any of its kind has."""
    parts = []
    for table in OPEN_TABLES:
        if table.guards:
            others = ", ".join(name for name in table.key if name not in ("area_kind", "area_code"))
            parts.append(
                f"select '{table.full_name} ' || area_kind as scope,"
                f" count(distinct area_code) * count(distinct ({others})) - count(*) as missing"
                f" from o.{table.full_name} group by area_kind"
            )
    return " union all ".join(parts)


def _nights(scratch: Scratch) -> str:
    """For each table and guard: cells that the published file hides and the new one of the same month shows."""
    published = scratch.connection.execute(
        f"select table_name from duckdb_tables() where database_name = '{PUBLISHED}'"
    ).fetchall()
    parts = []
    for table in OPEN_TABLES:
        if (table.name,) not in published:
            continue
        dated = PERIOD in table.slice
        this_month = f"date_trunc('month', date '{scratch.night:%Y-%m-%d}')"
        same_month = f"(select date_trunc('month', night) from {PUBLISHED}.quality.publication) = {this_month}"
        for guard in table.guards:
            names = [name for name in table.key if name != "vintage"]
            hidden = " and ".join(f"p.{column} is null" for column in guard.columns)
            seen = " or ".join(f"s.{column} is not null" for column in guard.columns)
            parts.append(
                f"select '{table.full_name} {guard.columns[0]}' as scope, count(*) as shown_again"
                f" from {PUBLISHED}.{table.full_name} as p inner join o.{table.full_name} as s"
                f" using ({', '.join(names)}) where {hidden} and ({seen}){'' if dated else f' and {same_month}'}"
            )
    return " union all ".join(parts) or "select '' as scope, 0 as shown_again where false"


def _complements(scratch: Scratch) -> str:
    """For each table, guard and slice: what an adder and subtracter would find."""
    minimum = standard(scratch.connection, "suppression_min_cell", scratch.night)
    atoms = area_atoms(scratch.connection)
    values = []
    for table in OPEN_TABLES:
        for guard in table.guards:
            for name, rows in _slices(scratch, table, guard).items():
                shown = {key_of(table, row) for row in rows if row["is_shown"]}
                recovered = remainders = 0
                for cells in systems(table, guard, rows, atoms):
                    hidden = {cell.key for cell in cells if cell.key not in shown and not cell.known}
                    recovered += len(recovered_cells(cells, hidden, minimum))
                    remainders += len(small_remainders(cells, hidden, minimum))
                values.append(f"({literal(f'{table.full_name} {guard.columns[0]} {name}')}, {recovered}, {remainders})")
    if not values:
        return "select '' as scope, 0 as recovered, 0 as small_remainders where false"
    return f"select * from (values {', '.join(values)}) as t(scope, recovered, small_remainders)"


def _slices(scratch: Scratch, table: OpenTable, guard: Guard) -> dict[str, list[Row]]:
    seen = " or ".join(f"s.{column} is not null" for column in guard.columns)
    result = scratch.connection.execute(
        f"select r.*, ({seen}) as is_shown from ({table.query}) as r"
        f" inner join o.{table.full_name} as s using ({', '.join(table.key)})"
    )
    names = [column[0] for column in result.description or []]
    slices: dict[str, list[Row]] = {}
    for values in result.fetchall():
        row: dict[str, Any] = dict(zip(names, values, strict=True))
        slices.setdefault(" ".join(str(row[name]) for name in table.slice), []).append(row)
    return slices


def _texts(scratch: Scratch) -> str:
    columns = scratch.connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns()"
        " where database_name = 'o' and data_type = 'VARCHAR' order by all"
    ).fetchall()
    parts = [
        f"select '{schema}.{table}.{column}' as scope,"
        f" count(*) filter (where regexp_matches({column}, '{RUN}')) as numbers,"
        f" count(*) filter (where regexp_matches({column}, '(^|[^0-9])[0-9]{{6}}-[A-Za-z0-9]')) as keys,"
        f" count(*) filter (where {column} in (select zone_id from m.zone.zones where restricted)) as restricted"
        f" from o.{schema}.{table}"
        for schema, table, column in columns
    ]
    return " union all ".join(parts)


def _shown(_: Scratch) -> str:
    parts = []
    for table in OPEN_TABLES:
        if table.guards:
            seen = " or ".join(f"{guard.columns[0]} is not null" for guard in table.guards)
            parts.append(
                f"select '{table.full_name}' as scope, count(*) as rows,"
                f" cast(count(*) > 0 and not bool_or({seen}) as integer) as wholly_hidden from o.{table.full_name}"
            )
    return " union all ".join(parts)


MEASURES: dict[str, Measure] = {
    "open_columns": _open_columns,
    "minimum": _minimum,
    "cells": _cells,
    "grid": _grid,
    "complements": _complements,
    "nights": _nights,
    "texts": _texts,
    "shown": _shown,
}
