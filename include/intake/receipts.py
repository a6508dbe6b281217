"""The lake's receipts: what an office was told of a package before the night read it, with the number it will have.

A number that a receipt promises is kept: receive gives it to that very content, and to nothing else. A package that
was replaced or taken back before the night leaves a receipt without an attempt, and its number is not given again: once
a night has taken a higher number of the county, the receipt promises nothing any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import duckdb

from include.duck import insert_rows, literal
from include.files import write_parquet
from include.home import Home
from include.locks import lock

KIND = "receipts"

_COLUMNS = """attempt_id varchar, submitter varchar, county_id varchar, number integer, night date,
    arrived_at timestamp, package varchar, sha256 varchar, bytes bigint, signature varchar, refusal varchar,
    as_of date, nothing_due boolean, taken boolean, files varchar"""


@dataclass(frozen=True)
class ReceiptFile:
    """What the manifest says of one file, and whether it could be opened."""

    dataset: str
    file: str
    rows: int
    """As declared."""
    refusal: str | None
    """The rule for which it will not be read."""


@dataclass(frozen=True)
class Receipt:
    """What a submitter is told of one package."""

    attempt_id: str
    submitter: str
    county_id: str
    number: int
    night: date
    """The night that reads it."""
    arrived_at: datetime
    """When the inbox was looked into and the package was there, whole."""
    package: str
    sha256: str
    size: int
    """Bytes."""
    signature: str
    """Names, sizes and times of its files: as long as they are the same it is not opened again."""
    refusal: str | None
    """The rule for which nothing of it will be read."""
    as_of: date | None
    nothing_due: bool
    taken: bool
    """The night read it before anybody could look: the receipt says what was taken."""
    files: tuple[ReceiptFile, ...]

    @property
    def file_name(self) -> str:
        """Name in the outbox."""
        return f"receipt-{self.number:05d}.html"


@contextmanager
def inbox_lock(home: Home, shared: bool) -> Iterator[bool]:
    """Hold the inbox while numbers are given: batches of receive together, receipts alone.

    Receive waits for receipts, which take seconds; receipts do not wait for receive. Gives False where they would.
    """
    home.inbox_lock.parent.mkdir(parents=True, exist_ok=True)
    with home.inbox_lock.open("a+", encoding="utf-8") as file:
        try:
            lock(file, shared=shared, wait=shared)
        except BlockingIOError:
            yield False
        else:
            yield True


def of_night(connection: duckdb.DuckDBPyConnection, home: Home, night: date) -> list[Receipt]:
    """Receipts that promise a night, in order of submitter and number."""
    if not any(home.lake_file(KIND, night, "any").parent.glob("*.parquet")):
        return []
    return _receipts(connection, home.lake_glob(KIND, night=night), "true")


def told(connection: duckdb.DuckDBPyConnection, home: Home) -> set[str]:
    """Every attempt id that a receipt names."""
    if not any((home.lake / KIND).glob("night=*/*.parquet")):
        return set()
    query = "select attempt_id from read_parquet(?, hive_partitioning = false)"
    return {attempt_id for (attempt_id,) in connection.execute(query, [home.lake_glob(KIND)]).fetchall()}


def waiting(connection: duckdb.DuckDBPyConnection, home: Home) -> list[Receipt]:
    """Receipts with a number above the last one in the ledger of their county, in order of submitter and number.

    A lower one would make of what comes now an earlier package than those that were taken.
    """
    if not any((home.lake / KIND).glob("night=*/*.parquet")):
        return []
    unclaimed = "true"
    if any((home.lake / "attempts").glob("night=*/*.parquet")):
        ledger = literal(home.lake_glob("attempts"))
        unclaimed = f"""number > coalesce((select max(a.number) from read_parquet({ledger}, hive_partitioning = false) a
            where a.county_id = receipt.county_id), 0)"""
    return _receipts(connection, home.lake_glob(KIND), unclaimed)


def _receipts(connection: duckdb.DuckDBPyConnection, glob: str, which: str) -> list[Receipt]:
    rows = connection.execute(
        f"""select * from read_parquet(?, hive_partitioning = false) receipt
        where {which} order by submitter, number""",
        [glob],
    ).fetchall()
    return [from_row(row[:-1], [ReceiptFile(**one) for one in json.loads(row[-1])]) for row in rows]


def from_row(row: Sequence[Any], files: Iterable[ReceiptFile]) -> Receipt:
    """A receipt from the values of all its fields but the files, in their order."""
    values: list[Any] = [*row, tuple(files)]
    return Receipt(*values)


def write(connection: duckdb.DuckDBPyConnection, home: Home, night: date, run: str, receipts: list[Receipt]) -> None:
    """Write the receipts of one run for one night: from here on their numbers are given."""
    connection.execute(f"create or replace temp table receipts ({_COLUMNS})")
    rows = [
        [*list(asdict(one).values())[:-1], json.dumps([asdict(file) for file in one.files], ensure_ascii=False)]
        for one in receipts
    ]
    insert_rows(connection, "receipts", rows)
    query = "select * from receipts order by submitter, number"
    write_parquet(connection, query, home.lake_file(KIND, night, run))


class Promised:
    """The numbers that receipts have given and no attempt has taken up yet."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, home: Home) -> None:
        open_ = waiting(connection, home)
        self._by_content = {(one.submitter, one.package, one.sha256): one for one in open_}
        self._by_name = {(one.submitter, one.package): one.number for one in open_}
        self.highest: dict[str, int] = {}
        """The highest number of each county."""
        for one in open_:
            self.highest[one.county_id] = max(one.number, self.highest.get(one.county_id, 0))

    def order(self, submitter: str, package: str) -> tuple[bool, int]:
        """Sorts an account's packages: those with a receipt by its number, then the others, as they were found."""
        number = self._by_name.get((submitter, package))
        return (number is None, number or 0)

    def knows(self, submitter: str, package: str, sha256: str) -> bool:
        """Whether this very content has a receipt."""
        return (submitter, package, sha256) in self._by_content

    def signatures(self) -> set[tuple[str, str, str]]:
        """Submitter, package and signature of every receipt."""
        return {(one.submitter, one.package, one.signature) for one in self._by_content.values()}

    def take(self, submitter: str, package: str, sha256: str) -> Receipt | None:
        """The receipt of this content, once."""
        return self._by_content.pop((submitter, package, sha256), None)
