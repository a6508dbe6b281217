"""Publishes quality.duckdb every night, pass or fail: what happened to the data, also when nothing else came out.

Tables come from the warehouse's quality schema when it was built for the night, and from the lake alone otherwise;
gate results always come from the lake, since the gate that failed wrote them after the warehouse was built, and so do
the alerts of earlier nights, which need no warehouse.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from include.clocks import known_at
from include.contract.words import SYNTHETIC
from include.duck import connect
from include.home import Home
from include.key_state import key_version
from include.kill_points import reach
from include.result import Result
from include.settings import Settings
from include.warehouse import versions
from include.warehouse.content_hash import combined, table_hashes
from include.warehouse.copy import attach_read_only, comment_on, copy_table, reading, tables_of
from include.warehouse.sources import LEDGER
from include.warehouse.versions import Version

#: Tables that the lake alone can give, and the kinds of the lake they come from. Published are the columns that dbt
#: knows of the first kind: of findings those of the door, which have no mark of what an office explained.
_FROM_LAKE = {
    "attempts": ("attempts",),
    "findings": ("findings_receive", "findings_check"),
    "attempt_states": ("attempt_states",),
    "files": ("files",),
}


def publish_quality(home: Home, settings: Settings, night: date) -> Result:
    """Publish quality.duckdb for a night; never needs the marts, and the warehouse only for more detail.

    Publishes only a night that is not older than the published one, and nothing anew when nothing changed.
    """
    published = versions.current(home, "quality")
    if published and night < published.night:
        note = f"the published night {published.night:%Y-%m-%d} is newer: nothing is published"
        return Result("publish_quality", night, counts={"published": 0}, notes=(note,))
    new = Version(night, versions.next_number(home, ("quality",), night), "quality")
    path = versions.begin_candidate(home, "quality")
    try:
        with connect(settings, path) as connection:
            connection.execute("create schema quality")
            built = _attach_warehouse(connection, home)
            connection.begin()
            note = _fill(connection, home, night, built)
            reach("quality-candidate", "during")
            connection.commit()
            counts = _counts(connection)
            content = combined(table_hashes(connection, ("quality",), excluded=()))
            _write_publication(connection, home, new, content, note)
            connection.execute("checkpoint")
        if (
            published
            and published.night == night
            and _content(settings, home.published / published.file_name) == content
        ):
            same = f"this night's quality is published with the same content ({content[:12]})"
            return Result("publish_quality", night, counts={"published": 0}, notes=(same,))
        versions.put_in_place(home, new)
    finally:
        versions.remove_candidate(home, "quality")
    versions.point(home, new)
    return Result("publish_quality", night, counts={"published": 1, **counts}, notes=(note,))


def _fill(connection: duckdb.DuckDBPyConnection, home: Home, night: date, built: bool) -> str:
    """Create the tables; returns where they came from, in words."""
    current = built and _is_of_the_night(connection, home, night)
    if built:
        for stands in tables_of(connection, "w", "quality").values():
            copy_table(connection, "w", "quality", stands)
    _replace_from_lake(connection, night, "gate_results", "gate_results", _files(home, "gate_results"))
    _replace_from_lake(connection, night, "alerts", "alert_history", _newest(home, "alert_history", night))
    if not current:
        for table, kinds in _FROM_LAKE.items():
            _replace_from_lake(
                connection, night, table, kinds[0], [file for kind in kinds for file in _files(home, kind)]
            )
    if current:
        return "from the warehouse's quality layer of the night"
    if built:
        return "the quality layer was not built for the night: attempts, findings and gate results are from the lake"
    return "there is no warehouse to read: attempts, findings and gate results are from the lake"


def _attach_warehouse(connection: duckdb.DuckDBPyConnection, home: Home) -> bool:
    try:
        attach_read_only(connection, home.warehouse, "w")
    except duckdb.Error:  # missing, broken, or another process is writing: quality comes out all the same
        return False
    return True


def _is_of_the_night(connection: duckdb.DuckDBPyConnection, home: Home, night: date) -> bool:
    """True when the quality layer knows every attempt of the lake up to the night and says it is of the night."""
    names = tables_of(connection, "w", "quality")
    if "attempts" not in names:
        return False
    if "reporting" in names:
        told = connection.execute("select max(night) from w.quality.reporting").fetchone()
        if not told or told[0] != night:
            return False
    files = _files(home, "attempts")
    if not files:
        return True
    missing = connection.execute(
        "select count(*) from read_parquet(?, hive_partitioning = false, union_by_name = true) as l"
        " where l.night <= ? and not exists (select 1 from w.quality.attempts as q where q.attempt_id = l.attempt_id)",
        [files, night],
    ).fetchone()
    return missing is not None and missing[0] == 0


def _replace_from_lake(
    connection: duckdb.DuckDBPyConnection, night: date, table: str, kind: str, files: list[str]
) -> None:
    """Fill a table from the lake, in the shape of the warehouse's table, or where there is none of the lake's kind.

    What the files lack is NULL, and what they hold beyond the shape is not published.
    """
    shape = connection.execute(
        "select column_name, data_type from duckdb_columns() where database_name = current_database()"
        " and schema_name = 'quality' and table_name = ? order by column_index",
        [table],
    ).fetchall()
    if not files:
        if not shape:
            return
        connection.execute(f"delete from quality.{table}")
        return
    source = "read_parquet(?, hive_partitioning = false, union_by_name = true)"
    if not shape:
        shape = list(LEDGER[kind][1].items())
        columns = ", ".join(f'"{name}" {type_}' for name, type_ in shape)
        connection.execute(f"create table quality.{table} ({columns})")
    given = {name for name, *_ in connection.execute(f"describe select * from {source}", [files]).fetchall()}
    picked = ", ".join(f'cast({_value(name, given)} as {type_}) as "{name}"' for name, type_ in shape)
    connection.execute(f"delete from quality.{table}")
    connection.execute(f"insert into quality.{table} select {picked} from {source} where night <= ?", [files, night])


def _value(name: str, given: set[str]) -> str:
    return f'"{name}"' if name in given else "null"


def _files(home: Home, kind: str) -> list[str]:
    return [str(path) for path in sorted(home.lake.glob(f"{kind}/night=*/*.parquet"))]


def _newest(home: Home, kind: str, night: date) -> list[str]:
    """The file of a kind of which each night's tells all that was known by then."""
    return [file for file in _files(home, kind) if Path(file).parent.name <= f"night={night:%Y-%m-%d}"][-1:]


def _counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows by table of the file being written."""
    names = connection.execute(
        "select table_name from duckdb_tables() where database_name = current_database() order by 1"
    ).fetchall()
    counts = {}
    for (name,) in names:
        found = connection.execute(f'select count(*) from quality."{name}"').fetchone()
        counts[name] = int(found[0]) if found else 0
    return counts


_PUBLICATION = {
    "night": ("date", "Night whose quality this file tells of"),
    "known_at": ("timestamp", "Cut-off of the night, Asia/Shanghai"),
    "number": ("integer", "Number of the publication within the night"),
    "content_hash": ("varchar", "Hash of the content of the quality tables and, behind @, how it was made"),
    "built_from": ("varchar", "Where the tables came from: the warehouse's quality layer, or the lake alone"),
    "person_key_version": ("integer", "Version of the person keys in the lake then; no key is in this file"),
    "mark": ("varchar", "What everything made from the synthetic country is marked with"),
}


def _write_publication(
    connection: duckdb.DuckDBPyConnection, home: Home, version: Version, content: str, note: str
) -> None:
    columns = ", ".join(f"{name} {type_}" for name, (type_, _) in _PUBLICATION.items())
    connection.execute(f"create or replace table quality.publication ({columns})")
    connection.execute(
        "insert into quality.publication values (?, ?, ?, ?, ?, ?, ?)",
        [version.night, known_at(version.night), version.number, content, note, key_version(home), SYNTHETIC],
    )
    comment_on(connection, "table quality.publication", "One row: which night this file is and what it was built from")
    for name, (_, text) in _PUBLICATION.items():
        comment_on(connection, f"column quality.publication.{name}", text)


def _content(settings: Settings, path: Path) -> str:
    with reading(settings, path, "p") as connection:
        row = connection.execute("select content_hash from p.quality.publication").fetchone()
    return str(row[0]) if row else ""
