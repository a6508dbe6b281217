"""Publishes the night's marts: written aside, judged, read back, compared with what the gates saw, then swapped in.

Nothing that readers can see changes before the last three renames: of the links, in the order of SWAPPED. A night that
is older than the published one, or the same with the same content, publishes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path

import duckdb

from include.clocks import known_at
from include.contract.words import SYNTHETIC
from include.duck import connect, literal
from include.home import Home
from include.key_state import key_version
from include.kill_points import reach
from include.result import Result
from include.settings import Settings
from include.warehouse import versions
from include.warehouse.content_hash import MART_SCHEMAS, combined, table_hashes
from include.warehouse.copy import attach_read_only, comment_on, copy_schemas, reading
from include.warehouse.disclosure import build_open, write_open_parquet
from include.warehouse.open_tables import NOT_HASHED, OPEN_SCHEMAS
from include.warehouse.quality_file import publish_quality
from include.warehouse.versions import Version

__all__ = ["publish_marts", "publish_quality"]

MACROS = Path(__file__).resolve().parents[2] / "dbt_project" / "analyst_macros"
ROW_GROUP = 20_480
"""Rows of a row group, the piece of a table that a question reads whole: a sixth of DuckDB's own choice, so that the
rows of one household are found among fewer (docs/decisions/0028-small-row-groups.md)."""
TOGETHER = ("marts", "marts_open")
SWAPPED = ("marts_open", versions.OPEN_FOLDER, "marts")
"""In this order. The open file first: its empty cells are the memory of what was hidden (hidden_before.py), so nothing
of a night may be read in the folder of open tables that the next candidate does not know of. The marts last: they are
what says that the night is published.
"""


def publish_marts(home: Home, settings: Settings, night: date, judge: Callable[[str], Result]) -> Result:
    """Publish marts.duckdb and marts_open.duckdb, with the open tables as Parquet in the folder open.

    `judge` runs the gate of a stage on the candidates (the gates know the warehouse, not the other way round). It
    raises GateFailed (disclosure or published) when the candidates are not what the gates judged; then nothing that
    readers can see has changed. Publishes only a night that is not older than the published one.
    """
    published = versions.current(home, "marts")
    if published and night < published.night:
        note = f"the published night {published.night:%Y-%m-%d} is newer: nothing is published"
        return Result("publish", night, counts={"published": 0}, notes=(note,))
    number = versions.next_number(home, SWAPPED, night)
    try:
        content = build_candidate(home, settings, night, number)
        build_open(home, settings, night)
        gates = [judge(stage) for stage in ("published", "disclosure")]
        if _already_published(home, settings, night, content):
            note = f"this night is published with the same content ({content[:12]}): nothing is published anew"
            return Result("publish", night, counts={"published": 0}, notes=(note,))
        exported = write_open_parquet(home, settings)
        new = [Version(night, number, kind) for kind in SWAPPED]
        for version in new:
            versions.put_in_place(home, version)
    finally:
        for kind in SWAPPED:
            versions.remove_candidate(home, kind)
    for version in new:
        versions.point(home, version)
    counts = {"published": len(TOGETHER), "open_tables": exported}
    names = ", ".join(version.file_name for version in new)
    notes = (f"published {names}, content {content}", *(note for gate in gates for note in gate.notes))
    return Result("publish", night, counts=counts, notes=notes)


def build_candidate(home: Home, settings: Settings, night: date, number: int) -> str:
    """Write the candidate marts file; returns the content hash of the warehouse's marts that it says it holds."""
    path = versions.begin_candidate(home, "marts")
    with connect(settings) as connection:
        connection.execute(f"attach {literal(path.absolute())} as candidate (row_group_size {ROW_GROUP})")
        connection.execute("use candidate")
        attach_read_only(connection, home.warehouse, "w")
        hashes = table_hashes(connection, database="w")
        connection.begin()  # one transaction: hundreds of comments would each be flushed to disk
        copy_schemas(connection, "w", MART_SCHEMAS)
        macros = create_macros(connection)
        _write_publication(connection, home, night, number, hashes, macros)
        reach("marts-candidate", "during")
        connection.commit()
        connection.execute("detach w")
        connection.execute("checkpoint candidate")
    return combined(hashes)


def create_macros(connection: duckdb.DuckDBPyConnection) -> str:
    """Create the analysts' table macros; returns the hash of their text, so that a mended macro is published."""
    digest = sha256()
    for path in sorted(MACROS.glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        connection.execute(text)
        digest.update(text.encode())
    return digest.hexdigest()


_PUBLICATION = {
    "night": ("date", "Night whose packages these marts tell of"),
    "known_at": ("timestamp", "Cut-off of the night, Asia/Shanghai: what was known by then is in the marts"),
    "number": ("integer", "Number of the publication within the night"),
    "attempts": ("bigint", "Attempts received up to the night, rejected ones too"),
    "built_from": ("varchar", "SHA-256 over (attempt, SHA-256 of its bytes) of all these attempts"),
    "content_hash": (
        "varchar",
        "Hash of the content of all public tables and, behind @, how it was made: equal where two builds by one version"
        " of DuckDB hold the same rows",
    ),
    "macros_hash": ("varchar", "SHA-256 of the analysts' table macros in this file"),
    "person_key_version": ("integer", "Version of the person keys in the lake then; no key is in this file"),
    "mark": ("varchar", "What everything made from the synthetic country is marked with"),
}


def _write_publication(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    night: date,
    number: int,
    hashes: Mapping[str, str],
    macros: str,
) -> None:
    attempts, built_from = _built_from(connection, home, night)
    columns = ", ".join(f"{name} {type_}" for name, (type_, _) in _PUBLICATION.items())
    connection.execute("create schema if not exists quality")
    connection.execute(f"create or replace table quality.publication ({columns})")
    row = [
        *(night, known_at(night), number, attempts, built_from, combined(hashes), macros),
        *(key_version(home), SYNTHETIC),
    ]
    connection.execute(f"insert into quality.publication values ({', '.join('?' for _ in row)})", row)
    comment_on(connection, "table quality.publication", "One row: which night this file is and what it was built from")
    for name, (_, text) in _PUBLICATION.items():
        comment_on(connection, f"column quality.publication.{name}", text)


def _built_from(connection: duckdb.DuckDBPyConnection, home: Home, night: date) -> tuple[int, str]:
    files = [str(path) for path in sorted(home.lake.glob("attempts/night=*/*.parquet"))]
    if not files:
        return 0, sha256(b"").hexdigest()
    found = connection.execute(
        "select count(*), sha256(coalesce(string_agg(attempt_id || ':' || coalesce(sha256, '')"
        " , ',' order by attempt_id), ''))"
        " from read_parquet(?, hive_partitioning = false, union_by_name = true) where night <= ?",
        [files, night],
    ).fetchone()
    assert found is not None  # noqa: S101 an aggregate always gives a row
    return int(found[0]), str(found[1])


def _already_published(home: Home, settings: Settings, night: date, content: str) -> bool:
    """True when all that is published is of this night with this content, these macros and these open tables."""
    if len({(told.night, told.number) if told else None for told in _pointed(home, SWAPPED)}) > 1:
        return False  # a publication died between its renames: it is finished by a new one
    pointed = _pointed(home, TOGETHER)
    if any(version is None or version.night != night for version in pointed):
        return False
    sides = [
        [_told(settings, path, open_) for path, open_ in zip(paths, (False, True), strict=True)]
        for paths in (
            [versions.candidate(home, kind) for kind in TOGETHER],
            [home.published / version.file_name for version in pointed if version],
        )
    ]
    return sides[0] == sides[1] and sides[0][0][0] == content


def _pointed(home: Home, kinds: tuple[str, ...]) -> list[Version | None]:
    return [versions.current(home, kind) for kind in kinds]


def _told(settings: Settings, path: Path, open_: bool) -> tuple[str, str]:
    """What a file says of its content; of an open file, the hash of all its tables."""
    with reading(settings, path, "p") as connection:
        if open_:
            return combined(table_hashes(connection, OPEN_SCHEMAS, database="p", excluded=NOT_HASHED)), ""
        row = connection.execute("select content_hash, macros_hash from p.quality.publication").fetchone()
    return (str(row[0]), str(row[1])) if row else ("", "")
