"""After two nights no resident number, name, phone or bank account lies anywhere but in the encrypted landing."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb
import pytest

from tests.conftest import PlayedCountry

BIRTH_DATE = "(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
NUMBER_SQL = f"(^|[^0-9])[1-9][0-9]{{5}}{BIRTH_DATE}[0-9]{{3}}[0-9Xx]([^0-9A-Za-z]|$)"
NUMBER = re.compile(NUMBER_SQL.encode())
FORBIDDEN = ("姓名", "民族", "联系电话", "银行账号")


def sent_values(country: PlayedCountry) -> dict[str, set[str]]:
    """What the country really sent in forbidden columns and as resident numbers, read from the files as sent."""
    values: dict[str, set[str]] = {header: set() for header in (*FORBIDDEN, "证件号码", "resident_number")}
    for path in country.folder.rglob("*.csv"):
        raw = path.read_bytes()
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                rows = list(csv.DictReader(raw.decode(encoding).splitlines()))
                break
            except UnicodeDecodeError:
                continue
        for row in rows:
            for header, seen in values.items():
                if row.get(header):
                    seen.add(row[header])
    return values


def columns_with(path: str, connection: duckdb.DuckDBPyConnection, relation: str, pattern: str) -> list[str]:
    described = connection.execute(f"describe select * from {relation}").fetchall()
    textual = [name for name, kind, *_ in described if "VARCHAR" in kind]
    hits = []
    for name in textual:
        found = connection.execute(
            f'select count(*) from {relation} where regexp_matches("{name}"::varchar, ?)', [pattern]
        ).fetchone()
        if found and found[0]:
            hits.append(f"{path}: {name}")
    return hits


def test_the_country_sends_what_must_not_stay(played_country: PlayedCountry) -> None:
    sent = sent_values(played_country)
    assert len(sent["证件号码"] | sent["resident_number"]) > 1_000
    for header in FORBIDDEN:
        assert sent[header], f"no county sends {header}: the scan below would prove nothing"


def test_no_number_in_any_plain_file(played_country: PlayedCountry) -> None:
    home = played_country.home
    skipped = {home.landing, home.inbox}
    hits = [
        str(path.relative_to(home.root))
        for path in home.root.rglob("*")
        if path.is_file()
        and not skipped & set(path.parents)
        and path.suffix not in {".parquet", ".duckdb"}
        and NUMBER.search(path.read_bytes())
    ]
    assert hits == []


@pytest.mark.parametrize("suffix", ["parquet", "duckdb"])
def test_no_number_and_no_forbidden_value_in_any_table(played_country: PlayedCountry, suffix: str) -> None:
    sent = sent_values(played_country)
    personal = [re.escape(value) for header in ("姓名", "联系电话", "银行账号") for value in sorted(sent[header])[:25]]
    pattern = "|".join([NUMBER_SQL, *(f"^{value}$" for value in personal)])
    hits: list[str] = []
    scanned = 0
    for path in sorted(played_country.home.root.rglob(f"*.{suffix}")):
        if path.is_symlink():
            continue
        if suffix == "parquet":
            scanned += 1
            hits += columns_with(str(path), duckdb.connect(), f"read_parquet('{path}')", pattern)
            continue
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute(
                "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
            ).fetchall()
            for schema, table in tables:
                scanned += 1
                hits += columns_with(f"{path.name} {schema}.{table}", connection, f'"{schema}"."{table}"', pattern)
    assert scanned > 20
    assert hits == []


def test_no_person_hash_in_what_is_published_or_written_back(played_country: PlayedCountry) -> None:
    lake = played_country.home.lake_glob("accepted", "persons")
    hashes = [
        key
        for (key,) in duckdb.sql(
            f"select person_key from read_parquet('{lake}') where person_key is not null limit 50"
        ).fetchall()
    ]
    assert len(hashes) == 50
    for folder in (played_country.home.published, played_country.home.outbox, played_country.home.board):
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
            if path.suffix == ".duckdb":
                with duckdb.connect(str(path), read_only=True) as connection:
                    columns = connection.execute("select column_name from information_schema.columns").fetchall()
                assert not {"person_key", "resident_number", "birth_date", "name"} & {name for (name,) in columns}, path
            elif path.suffix != ".parquet":
                assert not any(key in path.read_text(encoding="utf-8-sig") for key in hashes), path


def test_the_landing_cannot_be_read_without_the_identity(played_country: PlayedCountry) -> None:
    archived = sorted(Path(played_country.home.landing).rglob("*.age"))
    assert len(archived) >= 24
    for path in archived[:5]:
        assert path.read_bytes().startswith(b"age-encryption.org/v1")
