"""Copies schemas from one DuckDB file to another: tables in an order that zone maps like, with their comments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from include.duck import connect, literal
from include.settings import Settings

#: Rows that are asked for together lie together: by zone, area, place, household, then time.
_ORDER = (
    "zone_id", "area_kind", "area_code", "province_code", "county_id", "county_code", "place_code", "village_code",
    "household_key", "person_no", "month", "night", "attempt_id",
)  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A table or view as the catalogue tells it."""

    name: str
    comment: str | None
    columns: Mapping[str, str | None]
    """The comment of each column, in their order."""


def attach_read_only(connection: duckdb.DuckDBPyConnection, path: Path, alias: str) -> None:
    """Attach a DuckDB file for reading; raises duckdb.Error when it is missing or another process writes to it."""
    connection.execute(f"attach {literal(path.absolute())} as {alias} (read_only)")


@contextmanager
def reading(settings: Settings, path: Path, alias: str, spill: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sees a file as `alias`, read-only.

    The file is attached and not opened: a reader of this process may hold it open with settings of its own, and
    DuckDB refuses to open one file twice in one process with different ones.
    """
    with connect(settings, spill=spill) as connection:
        attach_read_only(connection, path.resolve(), alias)
        yield connection


def tables_of(connection: duckdb.DuckDBPyConnection, database: str, schema: str) -> dict[str, Table]:
    """The tables and views of a schema of an attached database by name, in order.

    Read at once: each question to DuckDB's catalogue looks through all tables of all databases.
    """
    columns: dict[str, dict[str, str | None]] = {}
    told = connection.execute(
        "select table_name, column_name, comment from duckdb_columns()"
        " where database_name = ? and schema_name = ? order by table_name, column_index",
        [database, schema],
    ).fetchall()
    for table, column, comment in told:
        columns.setdefault(table, {})[column] = comment
    comments = connection.execute(
        "select table_name, comment from duckdb_tables() where database_name = $database and schema_name = $schema"
        " union all select view_name, comment from duckdb_views()"
        " where database_name = $database and schema_name = $schema",
        {"database": database, "schema": schema},
    ).fetchall()
    return {name: Table(name, comment, columns[name]) for name, comment in sorted(comments)}


def copy_schemas(connection: duckdb.DuckDBPyConnection, source: str, schemas: Iterable[str]) -> dict[str, int]:
    """Copy every table (and view, as a table) of the schemas from the attached database `source` into this one.

    Returns the number of rows by "schema.table". Comments of tables and columns come along; keys and constraints do
    not: an index of a primary key costs more than the rows of many tables, and the gate has checked the keys.
    """
    copied = {}
    for schema in schemas:
        connection.execute(f'create schema if not exists "{schema}"')
        for name, table in tables_of(connection, source, schema).items():
            copied[f"{schema}.{name}"] = copy_table(connection, source, schema, table)
    return copied


def copy_table(
    connection: duckdb.DuckDBPyConnection, source: str, schema: str, table: Table, where: str = "true"
) -> int:
    """Copy the rows of one table for which `where` is true, with its comments; returns their number."""
    ordered = [f'"{name}"' for name in _ORDER if name in table.columns]
    order = f" order by {', '.join(ordered)}" if ordered else ""
    target = f'"{schema}"."{table.name}"'
    query = f'select * from "{source}".{target} where {where}{order}'
    done = connection.execute(f"create table {target} as {query}").fetchone()
    if table.comment:
        comment_on(connection, f"table {target}", table.comment)
    for name, text in table.columns.items():
        if text:
            comment_on(connection, f'column {target}."{name}"', text)
    return int(done[0]) if done else 0


def comment_on(connection: duckdb.DuckDBPyConnection, thing: str, text: str) -> None:
    """Keep a comment in the file; `thing` is such as `table household.households`."""
    connection.execute(f"comment on {thing} is {literal(text)}")
