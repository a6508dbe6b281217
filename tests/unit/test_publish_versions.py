"""Versions of published files: order, numbers, retention, and a reader that is not disturbed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from include.home import Home
from include.warehouse import versions
from include.warehouse.versions import Version

NIGHT = date(2026, 11, 20)


def publish(home: Home, night: date, number: int, kind: str = "marts", value: int = 0) -> Version:
    """A file with one number in it, published."""
    version = Version(night, number, kind)
    path = versions.candidate(home, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create table t as select {value} as value")
    versions.put_in_place(home, version)
    versions.point(home, version)
    return version


def test_names_say_kind_night_and_number(tmp_path: Path) -> None:
    assert Version(NIGHT, 12, "marts_open").file_name == "marts_open-2026-11-20-12.duckdb"
    assert versions.parse("marts_open-2026-11-20-12.duckdb") == Version(NIGHT, 12, "marts_open")
    assert versions.parse("marts-2026-11-20.duckdb") is None
    assert versions.current(Home(tmp_path), "marts") is None


def test_numbers_go_up_within_a_night_and_kinds_do_not_mix(tmp_path: Path) -> None:
    home = Home(tmp_path)
    publish(home, NIGHT, 9)
    publish(home, NIGHT, 10)
    publish(home, NIGHT, 3, "marts_open")
    assert [v.number for v in versions.versions(home, "marts")] == [9, 10]
    assert versions.next_number(home, ("marts", "marts_open"), NIGHT) == 11
    assert versions.next_number(home, ("marts",), date(2026, 11, 21)) == 1
    assert versions.current(home, "marts") == Version(NIGHT, 10, "marts")


@pytest.mark.parametrize("keep", [0, 1, 2])
def test_surplus_is_never_the_newest_nor_the_one_that_readers_get(keep: int, tmp_path: Path) -> None:
    home = Home(tmp_path)
    made = [publish(home, date(2026, 11, day), 1) for day in (17, 18, 19, 20)]
    versions.point(home, made[0])  # somebody put readers back to an older night
    assert versions.surplus(home, "marts", keep) == made[1 : -max(keep, 1)]


def test_a_reader_reads_on_and_sees_the_new_file_when_it_opens_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    publish(home, NIGHT, 1, value=1)
    link = str(versions.link(home, "marts"))
    reader = duckdb.connect(link, read_only=True)
    assert reader.execute("select value from t").fetchone() == (1,)
    publish(home, date(2026, 11, 21), 1, value=2)
    (old,) = versions.surplus(home, "marts", 1)
    (home.published / old.file_name).unlink()  # even when the old file is removed under the reader
    assert reader.execute("select value from t").fetchone() == (1,)
    with duckdb.connect(link, read_only=True) as second:  # in the same process, beside the open one
        assert second.execute("select value from t").fetchone() == (2,)
    assert reader.execute("select value from t").fetchone() == (1,)
    reader.close()
