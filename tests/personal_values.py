"""Looks for personal values in every file of a state folder: what was sent, against what lies there in any form.

The values are those that the country's files hold, column by column, so that nothing is taken on trust about how they
look. Files are read as what they are (Parquet, DuckDB, SQLite, workbooks and zips are opened), and as raw bytes too: a
freed block or a log counts as much as a row.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
from python_calamine import CalamineError, CalamineWorkbook

from include.contract import contracts, forbidden_headers, normalise_header
from include.home import Home

NUMBER = "resident_number"
PLAIN_HASH = "unkeyed hash of a resident number"
PERSON_KEY = "person_key"

#: A run of digits and hex digits: resident numbers, phones and hashes are looked for inside such runs.
_RUN = re.compile(rb"[0-9A-Fa-f]{11,}[Xx]?")
_IN_RUN: dict[str, re.Pattern[bytes]] = {
    NUMBER: re.compile(rb"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9A-Za-z])"),
    "phone": re.compile(rb"(?<![0-9])[0-9]{11}(?![0-9])"),
    PLAIN_HASH: re.compile(rb"(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![0-9a-f])"),
    PERSON_KEY: re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])"),
}
#: What the country makes up begins with this word, so that words are looked for from there on.
_MARK = "模拟".encode()
_WORDS: dict[str, re.Pattern[bytes]] = {
    "name": re.compile("模拟(?:户主[0-9]{5}|某(?:甲|乙|丙|丁|戊|己|庚|辛)[0-9]{1,2})".encode()),
    "bank_account": re.compile("0000模拟[0-9]{8}".encode()),
    "ethnicity": re.compile("模拟民族".encode()),
}


@dataclass(frozen=True)
class Hit:
    """Personal values of one kind in one file; says how many and never which."""

    kind: str
    path: str
    count: int


def sent_values(country: Path) -> dict[str, frozenset[bytes]]:
    """All personal values of the packages of a country: resident numbers, and columns that must not be sent."""
    hashed = {
        normalise_header(header)
        for contract in contracts().values()
        for column in contract.columns
        if column.hashed
        for header in (column.name, column.zh)
    }
    kinds = dict.fromkeys(hashed, NUMBER) | forbidden_headers()
    values: dict[str, set[str]] = {}
    for path in sorted([*country.glob("*/*/*.csv"), *country.glob("*/*/*.xlsx")]):
        header, rows = _table(path)
        for at, title in enumerate(header):
            kind = kinds.get(normalise_header(title))
            if kind:
                values.setdefault(kind, set()).update(row[at] for row in rows if at < len(row) and row[at])
    whole = {kind: frozenset(value.encode() for value in found) for kind, found in values.items()}
    numbers = {value for value in whole[NUMBER] if _IN_RUN[NUMBER].fullmatch(value)}
    return whole | {NUMBER: frozenset(numbers), PLAIN_HASH: frozenset(_hashes(numbers))}


def person_keys(home: Home) -> frozenset[bytes]:
    """The keyed hashes that persons have in the lake."""
    found = duckdb.sql(
        f"select distinct person_key from read_parquet('{home.lake_glob('accepted', 'persons')}', "
        "hive_partitioning = false) where person_key is not null"
    ).fetchall()
    return frozenset(key.encode() for (key,) in found)


def scan(root: Path, values: dict[str, frozenset[bytes]], left_out: Iterable[Path] = ()) -> tuple[list[Hit], int]:
    """Every file below `root` but those in `left_out`; returns what was found and how many files were read."""
    hits, read = [], 0
    skipped = tuple(left_out)
    for path in sorted(root.rglob("*")):
        if path.is_symlink() or not path.is_file() or any(folder in path.parents for folder in skipped):
            continue
        read += 1
        counts: dict[str, set[bytes]] = {}
        for part in parts(path):
            for kind, found in found_in(part, values).items():
                counts.setdefault(kind, set()).update(found)
        name = path.relative_to(root).as_posix()
        hits += [Hit(kind, name, len(found)) for kind, found in counts.items()]
    return hits, read


def found_in(part: bytes, values: dict[str, frozenset[bytes]]) -> dict[str, frozenset[bytes]]:
    """The values that stand in a text, by kind; kinds without any are left out."""
    runs = b" ".join(set(_RUN.findall(part)))
    texts = {kind: (runs, form) for kind, form in _IN_RUN.items()}
    if _MARK in part:
        texts |= {kind: (part, form) for kind, form in _WORDS.items()}
    found = {
        kind: values[kind].intersection(form.findall(text)) for kind, (text, form) in texts.items() if kind in values
    }
    return {kind: values_found for kind, values_found in found.items() if values_found}


def forms() -> dict[str, re.Pattern[bytes]]:
    """How each kind is looked for; a value that does not fit its form would be overlooked."""
    return _IN_RUN | _WORDS


def parts(path: Path) -> Iterator[bytes]:
    """A file as bytes; what is in it when it is a container; else also as UTF-16 and GB18030 would hold it."""
    raw = path.read_bytes()
    yield raw
    opened = list(_inside(path, raw))
    yield from opened
    if not opened:
        for encoding in ("utf-16-le", "gb18030"):
            yield raw.decode(encoding, errors="ignore").encode("utf-8", errors="ignore")


def _inside(path: Path, raw: bytes) -> Iterator[bytes]:
    if raw[:4] == b"PAR1":
        yield from _of_relation(_in_memory(), f"read_parquet('{path}', hive_partitioning = false)")
    elif raw[8:12] == b"DUCK":
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute(
                "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
            ).fetchall()
            for schema, table in tables:
                yield from _of_relation(connection, f'"{schema}"."{table}"')
    elif raw.startswith(b"SQLite format 3"):
        yield from _of_sqlite(path)
    elif raw.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for name in archive.namelist():
                yield archive.read(name)


@cache
def _in_memory() -> duckdb.DuckDBPyConnection:
    """One for all Parquet files: a home has hundreds, and to open and close one costs more than to read a file."""
    return duckdb.connect()


def _of_relation(connection: duckdb.DuckDBPyConnection, relation: str) -> Iterator[bytes]:
    # Repeated values stay: to look through them costs a fifth of what it costs to find out that they are repeated.
    texts = connection.execute(f"select string_agg(columns(*)::varchar, chr(10)) from {relation}").fetchone()
    yield from (text.encode() for text in texts or () if text)


def _of_sqlite(path: Path) -> Iterator[bytes]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.text_factory = bytes
    try:
        names = [name.decode() for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        for name in names:
            for row in connection.execute(f'select * from "{name}"'):
                yield b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    finally:
        connection.close()


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    if path.suffix == ".xlsx":
        try:
            rows = [
                [str(cell) for cell in row]
                for row in CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
            ]
        except CalamineError:  # a fault of the country: not a workbook
            return [], []
    else:
        raw = path.read_bytes()
        rows = []
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                rows = list(csv.reader(raw.decode(encoding).splitlines()))
                break
            except UnicodeDecodeError:
                continue
    return (rows[0], rows[1:]) if rows else ([], [])


def _hashes(numbers: Iterable[bytes]) -> Iterator[bytes]:
    for number in numbers:
        for text in {number, number.upper(), number.lower()}:
            for make in (hashlib.sha256, hashlib.sha1, hashlib.md5):
                yield make(text).hexdigest().encode()
