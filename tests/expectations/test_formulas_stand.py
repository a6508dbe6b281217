"""The gate `published` beside the file that readers have: used versions of indicators stand, new ones may come."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from expectations.measure import Scratch
from expectations.suites.published import MEASURES
from include.home import Home
from include.settings import Settings
from include.warehouse import versions

PUBLISHED = date(2026, 11, 20)
COLUMNS = "indicator_id varchar, formula_version varchar, formula_hash varchar, valid_to date"
USED = (
    "('county.a', '1', 'hash-a', null), ('county.b', '1', 'hash-b', '2026-12-31'), "
    "('county.c', '1', 'hash-c', '2020-12-31')"
)


def _write(path: Path, rows: str, columns: str = COLUMNS) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema responsibility")
        connection.execute(f"create table responsibility.indicators ({columns})")
        connection.execute(f"insert into responsibility.indicators values {rows}")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home in which a night with three used versions is published."""
    home = Home(tmp_path / "home")
    _write(home.published / f"marts-{PUBLISHED}-1.duckdb", USED)
    versions.point(home, versions.Version(PUBLISHED, 1, "marts"))
    return home


def _changed(home: Home, rows: str) -> set[str]:
    _write(versions.candidate(home, "marts"), rows)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{versions.candidate(home, 'marts')}' as p (read_only)")
        scratch = Scratch(connection, home, Settings(home=home.root), date(2026, 11, 21))
        found = connection.execute(MEASURES["formulas"](scratch)).fetchall()
    return {scope for scope, changed in found if changed}


def test_new_versions_and_later_ends_are_let_through(home: Home) -> None:
    rows = USED.replace("'hash-a', null", "'hash-a', '2026-11-20'").replace("2026-12-31", "2027-06-30")
    assert _changed(home, f"{rows}, ('county.a', '2', 'hash-2', null)") == set()


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("'hash-a'", "'edited'", "county.a 1"),
        ("('county.a', '1', 'hash-a', null), ", "", "county.a 1"),
        ("'hash-a', null", "'hash-a', '2026-11-19'", "county.a 1"),
        ("'2026-12-31'", "'2026-08-31'", "county.b 1"),
        ("'2020-12-31'", "null", "county.c 1"),
    ],
    ids=["edited", "taken away", "ended on a day that was published", "ended earlier", "no longer ended"],
)
def test_what_was_used_is_not_told_otherwise(home: Home, was: str, becomes: str, told: str) -> None:
    assert USED.count(was) == 1
    assert _changed(home, USED.replace(was, becomes)) == {told}


def test_a_first_publication_has_nothing_to_stand_by(tmp_path: Path) -> None:
    assert _changed(Home(tmp_path / "new"), USED) == set()


def test_a_file_from_before_the_hashes_is_no_obstacle(tmp_path: Path) -> None:
    old = Home(tmp_path / "old")
    columns = "indicator_id varchar, formula_version varchar"
    _write(old.published / f"marts-{PUBLISHED}-1.duckdb", "('county.a', '1')", columns)
    versions.point(old, versions.Version(PUBLISHED, 1, "marts"))
    assert _changed(old, USED) == set()
