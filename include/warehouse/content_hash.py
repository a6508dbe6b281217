"""The content of marts as one SHA-256: what two runs of a night must share, whatever file, thread or clock made them.

Each row becomes a fixed text (below) and its SHA-256; a table's hash is over its column names and all row hashes in
order, so the order in which rows lie does not matter and a row that comes twice counts twice. The whole is the hash of
(table name, table hash) pairs in order of name. Rows are gathered in 256 parts, so that no text grows with the nation.

Fixed text of a value: `~` for NULL, else its length, `:` and the text. Numbers are written as DuckDB casts them
(a DECIMAL with its scale, a DOUBLE in its shortest exact form), dates and times in ISO form, lists as JSON.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import duckdb

from include.settings import Settings
from include.warehouse.copy import reading

#: Schemas of the marts, in the order in which they are copied.
MART_SCHEMAS = ("household", "zone", "responsibility", "quality")
#: Schemas whose content the marts gate judges; quality is built after it, since it tells of the gate itself.
AUDITED_SCHEMAS = ("household", "zone", "responsibility")
#: Tables that tell of runs and not of the country.
EXCLUDED_TABLES = frozenset(
    {("quality", name) for name in ("gate_results", "publication", "alerts", "model_runs", "removals")}
)
#: Columns that tell of runs, wherever they appear.
EXCLUDED_COLUMNS = {"run_id", "invocation_id", "duration_s", "duration_seconds", "execution_seconds"}


def content_hash(path: Path) -> str:
    """Hash of the marts in a published file or a warehouse; raises duckdb.IOException when it cannot be opened."""
    with reading(Settings(), path, "p", spill=False) as connection:
        return combined(table_hashes(connection, database="p"))


def combined(hashes: Mapping[str, str]) -> str:
    """One hash over (table name, table hash) pairs, in order of name."""
    pairs = "".join(f"{name}\t{value}\n" for name, value in sorted(hashes.items()))
    return hashlib.sha256(pairs.encode()).hexdigest()


def table_hashes(
    connection: duckdb.DuckDBPyConnection,
    schemas: Iterable[str] = MART_SCHEMAS,
    database: str | None = None,
    excluded: Collection[tuple[str, str]] = EXCLUDED_TABLES,
) -> dict[str, str]:
    """Hash of each table of the schemas, by "schema.table", in the connection's own file or an attached database."""
    wanted = set(schemas)
    rows = connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns()"
        " where database_name = coalesce(?, current_database()) and not internal"
        " order by schema_name, table_name, column_index",
        [database],
    ).fetchall()
    tables: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, table, column, type_ in rows:
        if schema in wanted and (schema, table) not in excluded and column not in EXCLUDED_COLUMNS:
            tables.setdefault((schema, table), []).append((column, type_))
    return {
        f"{schema}.{table}": _table_hash(connection, database, schema, table, columns)
        for (schema, table), columns in tables.items()
    }


def _table_hash(
    connection: duckdb.DuckDBPyConnection, database: str | None, schema: str, table: str, columns: list[tuple[str, str]]
) -> str:
    source = ".".join(f'"{part}"' for part in (database, schema, table) if part)
    row_text = " || ".join(_fixed_text(column, type_) for column, type_ in columns)
    found = connection.execute(
        f"""
        with row_hashes as (select sha256({row_text}) as h from {source}),
        parts as (
            select left(h, 2) as part, sha256(string_agg(h, '' order by h)) as part_hash from row_hashes group by part
        )
        select coalesce(string_agg(part || part_hash, '' order by part), '') from parts
        """
    ).fetchone()
    header = ",".join(column for column, _ in columns)
    return hashlib.sha256(f"{header}\n{found[0] if found else ''}".encode()).hexdigest()


def _fixed_text(column: str, type_: str) -> str:
    name = f'"{column}"'
    if type_.endswith("]") or type_.startswith(("STRUCT", "MAP")):
        text = f"cast(to_json({name}) as varchar)"
    elif type_ == "TIMESTAMP WITH TIME ZONE":
        text = f"cast(epoch_us({name}) as varchar)"  # without the session's zone
    elif type_ in {"DOUBLE", "FLOAT"}:
        text = f"cast({name} + 0 as varchar)"  # -0.0 and 0.0 are one number
    else:
        text = f"cast({name} as varchar)"
    return f"case when {name} is null then '~' else concat(length({text}), ':', {text}) end"
