"""The benchmark measures the whole night, and its floor does the same work: a tiny country, and no time asserted."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from benchmarks.__main__ import NIGHT, bench
from benchmarks.floor_read import read_country
from benchmarks.floor_rules import UNREADABLE, count_broken
from include import night as steps
from include.home import Home
from include.intake.identity import chain
from include.rules import catalogue
from include.settings import Settings
from tests.conftest import PlayedCountry

#: Rules that look at other rows: a key that cannot be read is none to the night, and still one to the floor.
_SEES_MORE = {"household-unknown", "household-without-members", "visit-by-unknown-staff"}
_NOT_OF_THE_FLOOR = {"person-may-be-in-two-households"}


@pytest.mark.long
def test_the_table_holds_every_stage_and_the_floor_finds_the_same_households(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench(counties=2, households=60, seed=3, faults="none", batches=1, country=None, scratch=tmp_path)
    lines = capsys.readouterr().out.splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    stages = list(dict.fromkeys(name for name, _ in steps.tasks(Home(tmp_path), Settings(home=tmp_path), NIGHT)))
    assert [row[0] for row in rows[2:]] == [
        *stages, "the night", "floor", "floor: read", "floor: rules", "floor: marts"
    ]  # fmt: skip
    measured = {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[2:]}
    for name in (*stages, "floor"):
        assert float(measured[name]["CPU s"]) > 0, name
        assert int(measured[name]["peak MB"].replace(",", "")) > 0, name
        assert int(measured[name]["read MB"].replace(",", "")) > 0, name
    assert float(measured["floor"]["times floor"]) == 1
    with duckdb.connect(str(tmp_path / "home" / "published" / "marts.duckdb"), read_only=True) as marts:
        published = marts.execute("select count(*) from household.households").fetchall()[0][0]
    assert published >= 60
    assert f"households: floor {published:,}, night {published:,}" in lines
    assert sum(": floor " in line for line in lines) == 6
    assert not [line for line in lines if "DIFFERENT" in line]


def test_the_floor_counts_the_same_broken_rules_as_the_night(played_country: PlayedCountry, tmp_path: Path) -> None:
    night: date = played_country.nights[0]
    with duckdb.connect() as connection:
        packages = played_country.folder / night.isoformat()
        counts = read_country(connection, packages, night, chain([b"key"]), tmp_path)
        floor = count_broken(connection)
        files = str(played_country.home.lake / "findings_check" / f"night={night:%Y-%m-%d}" / "*.parquet")
        told = dict(connection.execute("select rule, count(*) from read_parquet(?) group by rule", [files]).fetchall())
    with_sql = {rule.id for rule in catalogue() if rule.sql} - _SEES_MORE - _NOT_OF_THE_FLOOR
    expected = {rule: count for rule, count in told.items() if rule in with_sql}
    assert {rule: count for rule, count in floor.items() if count and rule in with_sql} == expected
    assert len(expected) > 10
    assert floor["key-duplicated"] > 0
    assert floor[UNREADABLE] > 0
    assert counts["rows"] > counts["files"] > 0
