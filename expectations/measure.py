"""What the suites measure with: a scratch DuckDB file, the lake of a night, the standards, and safe SQL helpers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from include.duck import literal
from include.home import Home
from include.seeds import national_standard
from include.settings import Settings


@dataclass(frozen=True)
class Scratch:
    """The open scratch file of one gate run; suites create their measured tables in it."""

    connection: duckdb.DuckDBPyConnection
    home: Home
    settings: Settings
    night: date


Measure = Callable[[Scratch], str]
"""Gives the SQL of one measured table; it may prepare views on the scratch connection first."""


def lake(scratch: Scratch, kind: str, columns: Mapping[str, str], dataset: str | None = None) -> str:
    """SQL that reads columns of one kind of the lake for the night; no row when no file is there."""
    pattern = scratch.home.lake_glob(kind, dataset, scratch.night)
    if not any(Path("/").glob(str(Path(pattern).absolute()).lstrip("/"))):
        nothing = ", ".join(f'cast(null as {type_}) as "{name}"' for name, type_ in columns.items())
        return f"(select {nothing} where false)"
    names = ", ".join(f'"{name}"' for name in columns)
    return f"(select {names} from read_parquet({literal(pattern)}, union_by_name = true, hive_partitioning = false))"


def standard(subject: str, night: date) -> str:
    """SQL of one national standard in force and known on a night, as a scalar DOUBLE; NULL when there is none."""
    return f"cast({national_standard(subject, night, known_on=night) or 'null'} as double)"


def attach_warehouse(scratch: Scratch) -> None:
    """Attach the warehouse read-only as `w`; raises duckdb.Error when it is missing or being written."""
    scratch.connection.execute(f"attach {literal(scratch.home.warehouse.absolute())} as w (read_only)")


def columns_of(scratch: Scratch, database: str, schema: str, table: str) -> dict[str, str]:
    """Columns and types of an attached table; empty when there is no such table."""
    rows = scratch.connection.execute(
        "select column_name, data_type from duckdb_columns()"
        " where database_name = ? and schema_name = ? and table_name = ? order by column_index",
        [database, schema, table],
    ).fetchall()
    return dict(rows)
