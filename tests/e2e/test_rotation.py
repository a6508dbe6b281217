"""A rotation between two nights: the second night ends as without one, and no key of the first version is left."""

from __future__ import annotations

import hashlib
import hmac
import re
import shutil
from pathlib import Path

import duckdb
import pytest

from include.home import Home
from include.keys import hmac_key_file, read_person_secrets, recipient_file
from include.settings import Settings
from include.upkeep.rotate import rotate
from include.warehouse.content_hash import content_hash
from tests.conftest import PlayedCountry, play

pytestmark = pytest.mark.long

HEX = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@pytest.fixture(scope="module")
def rotated(played_country: PlayedCountry, tmp_path_factory: pytest.TempPathFactory) -> PlayedCountry:
    """The played country once more, with the same first secret, and a rotation after the first night."""
    home = Home(tmp_path_factory.mktemp("rotated") / "home")
    settings = Settings(home=home.root, batches=played_country.settings.batches)
    home.keys.mkdir(parents=True, mode=0o700)
    for key in (hmac_key_file, recipient_file):
        shutil.copy2(key(played_country.home), key(home))
    first, second = played_country.nights
    play(played_country.folder, home, settings, (first,))
    assert rotate(home, settings).version == 2
    play(played_country.folder, home, settings, (second,))
    return PlayedCountry(played_country.folder, home, settings)


def persons(home: Home) -> list[tuple[object, ...]]:
    """Night, place and key of every accepted person with a key."""
    return duckdb.execute(
        """select night, attempt_id, file, "row", person_key
        from read_parquet(?, hive_partitioning = false) where person_key is not null order by all""",
        [home.lake_glob("accepted", "persons")],
    ).fetchall()


def old_keys(country: PlayedCountry) -> set[str]:
    """Every person key of version 1, of all datasets and kinds."""
    lake = country.home.lake
    rows = duckdb.sql(
        f"""select distinct person_key from read_parquet(['{lake}/read/persons/*/*.parquet',
            '{lake}/read/cross_checks/*/*.parquet'], union_by_name = true, hive_partitioning = false)
        where person_key is not null"""
    ).fetchall()
    return {key for (key,) in rows}


def test_the_second_night_publishes_and_writes_what_it_would_have(
    played_country: PlayedCountry, rotated: PlayedCountry
) -> None:
    for name in ("marts", "marts_open"):
        mine, theirs = ((country.home.published / f"{name}.duckdb").resolve() for country in (rotated, played_country))
        assert content_hash(mine) == content_hash(theirs), name
    letters = sorted(path.relative_to(played_country.home.outbox) for path in played_country.home.outbox.rglob("*.csv"))
    assert len(letters) >= 12
    for letter in letters:
        assert (rotated.home.outbox / letter).read_bytes() == (played_country.home.outbox / letter).read_bytes(), letter


def test_persons_are_the_same_ones_under_new_keys(played_country: PlayedCountry, rotated: PlayedCountry) -> None:
    _, second = read_person_secrets(rotated.home, rotated.settings)
    before = persons(played_country.home)
    assert len({row[0] for row in before}) == 2
    assert persons(rotated.home) == [
        (*row[:4], hmac.new(second, str(row[4]).encode(), hashlib.sha256).hexdigest()) for row in before
    ]


def test_a_published_file_says_the_version(played_country: PlayedCountry, rotated: PlayedCountry) -> None:
    for country, version in ((played_country, 1), (rotated, 2)):
        for name in ("marts", "quality"):
            with duckdb.connect(str(country.home.published / f"{name}.duckdb"), read_only=True) as published:
                row = published.execute("select person_key_version from quality.publication").fetchone()
            assert row == (version,)


def test_no_key_of_the_first_version_is_left(played_country: PlayedCountry, rotated: PlayedCountry) -> None:
    old = old_keys(played_country)
    assert len(old) > 1_000
    assert texts_of_files(played_country.home) & old, "the scan below would find nothing"
    attempts = {str(row[1]) for row in persons(played_country.home)}
    assert tables_with(played_country.home, attempts), "the scan below would find nothing"
    assert not texts_of_files(rotated.home) & old
    for country in (played_country, rotated):
        assert tables_with(country.home, old) == [], "person keys stay in the lake"


def texts_of_files(home: Home) -> set[str]:
    """All texts of Parquet files, and all hashes in other plain files."""
    found: set[str] = set()
    for path in (path for path in home.root.rglob("*") if path.is_file() and home.landing not in path.parents):
        if path.suffix == ".parquet":
            for row in duckdb.execute("from read_parquet(?, hive_partitioning = false)", [str(path)]).fetchall():
                found |= {value for value in row if isinstance(value, str)}
        else:
            found |= {text.decode() for text in HEX.findall(path.read_bytes())}
    return found


def tables_with(home: Home, old: set[str]) -> list[str]:
    """Columns of any DuckDB file of the state in which an old key stands."""
    hits = []
    with duckdb.connect() as connection:
        connection.execute("create table old as select unnest($keys::varchar[]) as key", {"keys": sorted(old)})
        for path in sorted(path for path in home.root.rglob("*.duckdb") if not path.is_symlink()):
            connection.execute(f"attach '{path}' as f (read_only)")
            columns = connection.execute(
                """select schema_name, table_name, column_name from duckdb_columns()
                join duckdb_tables() using (database_name, schema_name, table_name)
                where database_name = 'f' and data_type = 'VARCHAR'"""
            ).fetchall()
            for schema, table, column in columns:
                query = f'select count(*) from f."{schema}"."{table}" where "{column}" in (select key from old)'
                if connection.execute(query).fetchall() != [(0,)]:
                    hits.append(f"{Path(path).name} {schema}.{table}.{column}")
            connection.execute("detach f")
    return hits
