"""The content of marts as one hash: what two runs of a night must share, whatever file, thread or clock made them.

Each row becomes 64 bits by DuckDB's own hash over all its values; a table's hash is the SHA-256 of its columns (names
and types), its number of rows and two sums over the rows: of their hashes, and of the hashes of these. Sums are exact
and do not depend on the order in which rows lie, and a row that comes twice counts twice. The whole is the SHA-256 of
(table name, table hash) pairs in order of name, and behind it the FORMULA. It tells accidents apart, not forgers.

DuckDB may change its hash from version to version. So every hash carries the version it was made by, and two of
different versions are never equal: files are then compared by hashing both with the same DuckDB
(docs/decisions/0015-content-hash-by-duckdb.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import duckdb

from include.settings import Settings
from include.warehouse.copy import reading

FORMULA = f"rows-2.duckdb-{duckdb.__version__}"
"""How a hash was made; rows-1 was SHA-256 over the text of each row, and carried no name."""

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
    """One hash over (table name, table hash) pairs, in order of name: 64 hexadecimal digits, `@` and FORMULA."""
    pairs = "".join(f"{name}\t{value}\n" for name, value in sorted(hashes.items()))
    return f"{hashlib.sha256(pairs.encode()).hexdigest()}@{FORMULA}"


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
    values = ", ".join(_value(column, type_) for column, type_ in columns)
    found = connection.execute(
        f"""
        with row_hashes as (select hash({values}) as h from {source})
        select count(*), sum(h), sum(hash(h)) from row_hashes
        """
    ).fetchone()
    header = ",".join(f"{column} {type_}" for column, type_ in columns)
    return hashlib.sha256(f"{header}\n{found}".encode()).hexdigest()


def _value(column: str, type_: str) -> str:
    """What is hashed of a column: itself, or the JSON of a nested value, whose hash would not tell [] from NULL."""
    nested = type_.endswith("]") or type_.startswith(("STRUCT", "MAP"))
    return f'cast(to_json("{column}") as varchar)' if nested else f'"{column}"'
