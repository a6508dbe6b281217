"""The typed rows that check keeps for judge: the same night with and without them, never old ones, none left behind."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from include.home import Home
from include.intake.check import check
from include.intake.judge import judge
from include.intake.meet import meet
from include.settings import Settings
from tests.unit.lake_rows import BATCH, NIGHT, Attempt, Rows, clean, lay

DECIDED = ("accepted", "held", "rejected", "verdicts", "conservation", "attempt_states", "attempt_differences")


def checked(root: Path) -> tuple[Home, Settings]:
    """A night with a household to be held and a row that cannot be keyed, up to check."""
    home, settings = Home(root), Settings(home=root, threads=1)
    lay(home, [Attempt(_rows())], NIGHT)
    meet(home, settings, NIGHT)
    check(home, settings, NIGHT, BATCH)
    return home, settings


def _rows() -> Rows:
    rows = clean()
    rows["households"][0]["net_income"] = "many"
    rows["persons"][0]["person_no"] = ""
    return rows


def kept(home: Home) -> list[Path]:
    return sorted((home.tmp / "typed").rglob("*.parquet"))


def decided(home: Home) -> dict[str, bytes]:
    files = [path for kind in DECIDED for path in sorted((home.lake / kind).rglob("*.parquet"))]
    return {str(path.relative_to(home.lake)): path.read_bytes() for path in files}


def test_judge_decides_the_same_from_kept_rows_and_from_the_lake(tmp_path: Path) -> None:
    home, settings = checked(tmp_path)
    files = kept(home)
    assert {path.name.rsplit("-", 1)[0] for path in files} == {path.name for path in (home.lake / "read").iterdir()}, (
        "each dataset that came is kept"
    )
    judge(home, settings, NIGHT, BATCH)
    from_kept = decided(home)
    assert kept(home) == [], "judge leaves nothing in scratch"
    judge(home, settings, NIGHT, BATCH)
    assert decided(home) == from_kept
    assert kept(home) == [], "judge keeps nothing itself"
    for kind in ("held", "rejected"):
        with duckdb.connect() as connection:
            files_of = str(home.lake / kind / "*" / "*" / "*")
            found = connection.execute("select count(*) from read_parquet(?)", [files_of]).fetchone()
        assert found and found[0] > 0, f"nothing was {kind}"


def test_judge_takes_what_is_kept(tmp_path: Path) -> None:
    """Rows that only the kept file has are judged: it is read, not typed again."""
    home, settings = checked(tmp_path)
    (file,) = (path for path in kept(home) if path.name.startswith("households-"))
    with duckdb.connect() as connection:
        connection.execute(
            "create table t as select * replace ('seen' as main_cause) from read_parquet(?)", [str(file)]
        )
        connection.execute(f"copy t to '{file}' (format parquet)")
    judge(home, settings, NIGHT, BATCH)
    with duckdb.connect() as connection:
        path = str(home.lake_file("accepted", NIGHT, BATCH, "households"))
        assert connection.execute("select distinct main_cause from read_parquet(?)", [path]).fetchall() == [("seen",)]


@pytest.mark.parametrize("changed", ["read", "attempts"])
def test_rows_kept_of_another_lake_are_not_taken(tmp_path: Path, changed: str) -> None:
    home, settings = checked(tmp_path)
    for file in kept(home):
        file.write_bytes(b"no Parquet: whoever takes it fails")
    file = home.lake_file(changed, NIGHT, BATCH, "households" if changed == "read" else None)
    with duckdb.connect() as connection:
        connection.execute("create table t as select * from read_parquet(?)", [str(file)])
        connection.execute(f"copy t to '{file}' (format parquet, compression zstd)")
    if changed == "read":  # the others are as they were, and taken
        for path in kept(home):
            if not path.name.startswith("households-"):
                path.unlink()
    judge(home, settings, NIGHT, BATCH)
    assert kept(home) == []
