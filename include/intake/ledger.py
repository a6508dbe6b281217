"""The attempts ledger: what came, numbered for good, and the files beside it that a night's batch is closed with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

import duckdb

from include.clocks import known_at
from include.contract.words import LAYOUT_KINDS
from include.duck import insert_rows
from include.files import write_parquet
from include.home import Home
from include.intake.headers import Header
from include.intake.manifest import Manifest, parse_manifest, refusal_of_manifest
from include.intake.package import MANIFEST, Package
from include.intake.shown import shown
from include.intake.submitters import Account

#: Columns of lake/attempts, lake/accounts and lake/files, in order; dbt's sources are made from them.
ATTEMPTS = """attempt_id varchar, submitter varchar, submitter_kind varchar, county_id varchar, number integer,
    night date, arrived_at timestamp, known_at timestamp, package varchar, sha256 varchar, bytes bigint,
    contract_version varchar, kind varchar, as_of date, nothing_due boolean, readable boolean, refusal varchar,
    replay_of varchar"""
ACCOUNTS = (
    "submitter varchar, submitter_kind varchar, county_id varchar, night date, waiting integer, looked_at timestamp"
)
FILES = """attempt_id varchar, submitter varchar, night date, dataset varchar, file varchar, bytes bigint,
    sha256 varchar, format varchar, encoding varchar, header_row integer, declared_rows bigint, layout_rows bigint,
    received_rows bigint, skipped varchar[], converted_columns varchar[],
    forbidden_columns varchar[], unknown_columns varchar[], missing_columns varchar[],
    readable boolean, refusal varchar"""


@dataclass(frozen=True)
class Attempt:
    """One package as it stands in the ledger."""

    attempt_id: str
    number: int
    account: Account
    package: Package
    manifest: Manifest | None
    refusal: str | None
    replay_of: str | None = None
    same_as: str | None = None
    """The last attempt of the county with the very same content, if there is one."""
    arrived_at: datetime | None = None
    """When a receipt was written for it, if one was."""


@dataclass(frozen=True)
class FileRecord:
    """One file of a readable attempt as it stands in the ledger."""

    attempt: Attempt
    dataset: str
    file: str
    size: int
    sha256: str
    format: str | None
    encoding: str | None
    header: Header | None
    declared_rows: int
    layout_rows: int
    received_rows: int
    skipped: dict[str, int]
    """Rows of layout by what they are, and sheets that were not read."""
    refusal: str | None


@dataclass(frozen=True)
class Received:
    """A package that the ledger already has."""

    attempt_id: str
    submitter: str
    package: str
    sha256: str
    taken: bool
    """False for a package that was not archived and therefore still lies in the inbox."""


def attempt_id_of(submitter: str, number: int) -> str:
    """Id of an attempt: who sent it and its number."""
    return f"{submitter}-{number:05d}"


def judged_manifest(attempt: Attempt, night: date) -> tuple[Attempt, Manifest | None]:
    """The attempt with what its manifest says, or with the rule by which the manifest refuses it."""
    if attempt.refusal:
        return attempt, None
    manifest = parse_manifest(attempt.package.files[MANIFEST])
    if manifest is None:
        return replace(attempt, refusal="manifest-unreadable"), None
    refusal = refusal_of_manifest(manifest, attempt.account.submitter, night)
    return replace(attempt, manifest=manifest, refusal=refusal), manifest


class OtherBatches(RuntimeError):
    """The night was received in another number of batches: a package could be taken twice or not at all."""


def is_closed(home: Home, night: date, batch: str) -> bool:
    """True once the batch's attempts are written. Raises OtherBatches when the night has files of another count."""
    folder = home.lake_file("attempts", night, batch).parent
    count = batch.rsplit("-of-", 1)[1]
    others = sorted(p.name for p in folder.glob("*.parquet") if p.stem.rsplit("-of-", 1)[-1] != count)
    if others:
        raise OtherBatches(f"{folder} holds {others[0]}: run this night with the number of batches it began with")
    return home.lake_file("attempts", night, batch).exists()


def last_numbers(connection: duckdb.DuckDBPyConnection, home: Home) -> dict[str, int]:
    """The highest attempt number of each county (or other office) over all nights in the lake, by its stable id.

    A recoded county's numbers run on, so that of two of its attempts the later one has the higher number.
    """
    if not any((home.lake / "attempts").glob("night=*/*.parquet")):
        return {}
    rows = connection.execute(
        "select county_id, max(number) from read_parquet(?, hive_partitioning = false) group by county_id",
        [home.lake_glob("attempts")],
    ).fetchall()
    return dict(rows)


def contents(connection: duckdb.DuckDBPyConnection, home: Home) -> dict[str, tuple[str, str]]:
    """attempt_id to county_id and sha256 of the content, of every attempt in the ledger, the latest first."""
    if not any((home.lake / "attempts").glob("night=*/*.parquet")):
        return {}
    rows = connection.execute(
        """select attempt_id, county_id, sha256 from read_parquet(?, hive_partitioning = false)
        order by night desc, number desc""",
        [home.lake_glob("attempts")],
    ).fetchall()
    return {attempt_id: (county_id, sha256) for attempt_id, county_id, sha256 in rows}


def received(connection: duckdb.DuckDBPyConnection, home: Home, night: date, batch: str) -> list[Received]:
    """The packages of a closed batch."""
    rows = connection.execute(
        """select attempt_id, submitter, package, sha256, refusal is distinct from 'package-too-large'
        from read_parquet(?, hive_partitioning = false) order by attempt_id""",
        [str(home.lake_file("attempts", night, batch))],
    ).fetchall()
    return [Received(*row) for row in rows]


def write_accounts(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    night: date,
    batch: str,
    known: list[Account],
    waiting: Mapping[str, int],
    looked_at: datetime,
) -> None:
    """Write the inbox accounts of the batch that owe a report, so that one that sent nothing can be told as missing.

    `waiting` is how many packages of a submitter were left to lie, `looked_at` when the inbox was looked into.
    """
    connection.execute(f"create table accounts ({ACCOUNTS})")
    insert_rows(
        connection,
        "accounts",
        [(a.submitter, a.kind, a.county_id, night, waiting.get(a.submitter, 0), looked_at) for a in known],
    )
    write_parquet(connection, "select * from accounts order by submitter", home.lake_file("accounts", night, batch))


def write_files(
    connection: duckdb.DuckDBPyConnection, home: Home, night: date, batch: str, records: list[FileRecord]
) -> None:
    """Write what each file of a readable attempt was and held."""
    connection.execute(f"create table files ({FILES})")
    rows = [
        (
            r.attempt.attempt_id,
            r.attempt.account.submitter,
            night,
            r.dataset,
            r.file,
            r.size,
            r.sha256,
            r.format,
            r.encoding,
            r.header.row if r.header else None,
            r.declared_rows,
            r.layout_rows,
            r.received_rows,
            [f"{kind} {r.skipped[kind]}" for kind in LAYOUT_KINDS if kind in r.skipped],
            [f"{c.column} {c.unit}" for c in r.header.converted] if r.header else [],
            list(r.header.forbidden) if r.header else [],
            list(r.header.unknown) if r.header else [],
            list(r.header.missing) if r.header else [],
            r.refusal is None,
            r.refusal,
        )
        for r in records
    ]
    insert_rows(connection, "files", rows)
    query = "select * from files order by submitter, attempt_id, dataset, file"
    write_parquet(connection, query, home.lake_file("files", night, batch))


def write_attempts(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    night: date,
    batch: str,
    attempts: list[Attempt],
    arrived_at: datetime,
) -> None:
    """Write the ledger. This is the last file of a batch: once it is there, the batch is closed."""
    connection.execute(f"create table attempts ({ATTEMPTS})")
    rows = [
        (
            a.attempt_id,
            a.account.submitter,
            a.account.kind,
            a.account.county_id,
            a.number,
            night,
            a.arrived_at or arrived_at,
            known_at(night),
            shown(a.package.name),
            a.package.sha256,
            a.package.size,
            shown(a.manifest.contract_version) if a.manifest else None,
            a.manifest.kind if a.manifest else None,
            a.manifest.as_of if a.manifest else None,
            a.manifest.nothing_due if a.manifest else False,
            a.refusal is None,
            a.refusal,
            a.replay_of,
        )
        for a in attempts
    ]
    insert_rows(connection, "attempts", rows)
    query = "select * from attempts order by submitter, number"
    write_parquet(connection, query, home.lake_file("attempts", night, batch))
