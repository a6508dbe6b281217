"""What a night takes over of the one before, and when it takes over nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from include.home import Home
from include.settings import Settings
from include.warehouse import carry

FIRST = date(2026, 11, 20)
SECOND, THIRD = FIRST + timedelta(days=1), FIRST + timedelta(days=2)


class Built:
    """A home with a lake of empty files, and builds that leave tables with the number of the build in them."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root / "home")
        self.settings = Settings(home=self.home.root)
        self.home.warehouse.parent.mkdir(parents=True)
        self.builds = 0

    def bring(self, night: date, content: bytes = b"") -> None:
        path = self.home.lake_file("accepted", night, "0-of-1", "households")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def begin(self, night: date) -> date | None:
        return carry.lay_aside(self.home, self.settings, night)

    def work(self) -> None:
        """What dbt leaves: every carried model as a table."""
        self.builds += 1
        with duckdb.connect(str(self.home.warehouse)) as connection:
            connection.execute(f"create schema if not exists {carry.SCHEMA}")
            for model in carry.CARRIED:
                connection.execute(f"create or replace table {carry.SCHEMA}.{model} as select {self.builds} as build")

    def build(self, night: date) -> date | None:
        self.bring(night)
        carried = self.begin(night)
        self.work()
        carry.say_built(self.home, self.settings)
        return carried

    def laid_aside(self) -> set[int]:
        """Numbers of the builds whose tables are laid aside."""
        with duckdb.connect(str(self.home.warehouse), read_only=True) as connection:
            names = [
                name
                for (name,) in connection.execute(
                    "select table_name from duckdb_tables() where table_name like '%carried'"
                ).fetchall()
            ]
            rows = [connection.execute(f"select build from {carry.SCHEMA}.{name}").fetchall() for name in names]
        assert len(names) in (0, len(carry.CARRIED))
        return {build for ((build,),) in rows}


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    yield Built(tmp_path)


def test_a_night_takes_over_the_last_one(built: Built) -> None:
    assert built.build(FIRST) is None
    assert built.build(SECOND) == FIRST
    assert built.laid_aside() == {1}
    assert built.build(THIRD) == SECOND
    assert built.laid_aside() == {2}


def test_a_build_that_died_and_one_that_is_run_again_take_over_the_same(built: Built) -> None:
    built.build(FIRST)
    built.bring(SECOND)
    assert built.begin(SECOND) == FIRST
    assert built.begin(SECOND) == FIRST, "it died before it built anything"
    built.work()
    assert built.begin(SECOND) == FIRST, "it died before it said that it was built"
    built.work()
    carry.say_built(built.home, built.settings)
    assert built.begin(SECOND) == FIRST, "it is run again"
    assert built.laid_aside() == {1}
    built.work()
    assert built.begin(THIRD) == FIRST, "what did not end is not taken over"


def test_a_death_while_tables_are_laid_aside_leaves_them(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    built.build(FIRST)

    class Dies(RuntimeError):
        pass

    def die(_what: str, _when: str) -> None:
        raise Dies

    with monkeypatch.context() as patched:
        patched.setattr(carry, "reach", die)
        with pytest.raises(Dies):
            built.begin(SECOND)
    assert built.laid_aside() == set()
    assert built.begin(SECOND) == FIRST


def test_a_past_night_that_changed_is_not_taken_over(built: Built) -> None:
    built.build(FIRST)
    built.build(SECOND)
    built.bring(FIRST, b"a deletion wrote this file anew")
    assert built.begin(THIRD) is None
    assert built.laid_aside() == set()


def test_a_file_of_the_same_size_written_anew_is_a_change(built: Built) -> None:
    built.build(FIRST)
    path = built.home.lake_file("accepted", FIRST, "0-of-1", "households")
    os.utime(path, ns=(1, 1))
    assert built.begin(SECOND) is None


def test_what_tonight_brings_changes_nothing_of_the_past(built: Built) -> None:
    built.build(FIRST)
    built.bring(SECOND, b"more")
    assert built.begin(SECOND) == FIRST


def test_what_changed_while_it_was_built_is_not_taken_over(built: Built) -> None:
    built.bring(FIRST)
    built.begin(FIRST)
    built.work()
    built.bring(FIRST, b"judged again meanwhile")
    carry.say_built(built.home, built.settings)
    assert built.begin(SECOND) is None


def test_tables_that_the_quality_of_a_stopped_night_overwrote_are_not_taken_over(built: Built) -> None:
    built.build(FIRST)
    built.build(SECOND)
    built.bring(THIRD)
    carry.say_overwritten(built.home, built.settings)
    with duckdb.connect(str(built.home.warehouse)) as connection:
        connection.execute(f"create or replace table {carry.SCHEMA}.int_household_versions as select 99 as build")
    assert built.begin(THIRD + timedelta(days=1)) == FIRST, "what was laid aside before is whole"
    assert built.laid_aside() == {1}


def test_an_older_night_takes_over_nothing(built: Built) -> None:
    built.build(SECOND)
    built.bring(FIRST)
    assert built.begin(FIRST) is None


def test_other_models_take_over_nothing(built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built.build(FIRST)
    (tmp_path / "project" / "models").mkdir(parents=True)
    (tmp_path / "project" / "models" / "mended.sql").write_text("select 1", encoding="utf-8")
    monkeypatch.setattr(carry, "PROJECT", tmp_path / "project")
    assert built.begin(SECOND) is None
    assert built.laid_aside() == set()
