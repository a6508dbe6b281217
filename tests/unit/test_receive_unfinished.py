"""A package still being uploaded at 22:00 is left to lie; a complete one is taken; one that was given up is refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from include.clocks import TIMEZONE, known_at
from include.intake.ahead import NightAhead
from include.intake.package import find_packages
from include.intake.receive import receive
from include.settings import Settings
from tests.unit.intake_world import BATCH, NIGHT, World, csv_bytes

HOUSEHOLDS = csv_bytes([["户编号", "行政村代码"], ["H1", "513431100200"], ["H2", "513431100201"]])
PERSONS = csv_bytes([["户编号", "成员序号"], ["H1", "1"]])
FILES = {"households.csv": HOUSEHOLDS, "persons.csv": PERSONS}
ROWS = {"households.csv": 2}
QUIET = timedelta(minutes=Settings().upload_quiet_minutes)
JUST_NOW = known_at(NIGHT) - timedelta(minutes=2)
LONG_AGO = known_at(NIGHT) - QUIET - timedelta(minutes=1)


def touch(package: Path, changed: datetime) -> None:
    """Give the package and all in it the time at which it was last written."""
    seconds = changed.replace(tzinfo=ZoneInfo(TIMEZONE)).timestamp()
    for entry in (*package.rglob("*"), package):
        os.utime(entry, (seconds, seconds))


def without_manifest(world: World) -> Path:
    return world.send(FILES, rows=ROWS, drop=["manifest.json"])


def without_a_listed_file(world: World) -> Path:
    return world.send(FILES, rows=ROWS, drop=["persons.csv"])


def with_a_file_cut_short(world: World) -> Path:
    package = world.send(FILES, rows=ROWS)
    (package / "households.csv").write_bytes(HOUSEHOLDS[:40])
    return package


def with_half_a_manifest(world: World) -> Path:
    return world.send(FILES, manifest=b'{"contract_version": "1.0", "submit')


def with_half_a_zip(world: World) -> Path:
    package = world.send(FILES, rows=ROWS, zipped=True)
    package.write_bytes(package.read_bytes()[:-60])
    return package


def a_loose_file(world: World) -> Path:
    package = world.send(FILES, rows=ROWS).parent / "households.csv"
    package.write_bytes(HOUSEHOLDS)
    return package


UNFINISHED: dict[Callable[[World], Path], str] = {
    without_manifest: "package-without-manifest",
    without_a_listed_file: "file-missing",
    with_a_file_cut_short: "file-wrong-hash",
    with_half_a_manifest: "manifest-unreadable",
    with_half_a_zip: "package-unreadable",
}


@pytest.mark.parametrize("make", UNFINISHED, ids=lambda make: make.__name__)
def test_what_is_still_being_written_is_left_to_lie(tmp_path: Path, make: Callable[[World], Path]) -> None:
    world = World(tmp_path)
    package = make(world)
    touch(package, JUST_NOW)
    before = sorted(p.name for p in package.rglob("*"))
    counts = world.receive().counts
    assert (counts["attempts"], counts["waiting"]) == (0, 1)
    assert world.lake("accounts", columns="submitter, waiting") == [("513431", 1)]
    assert world.told() == []
    assert sorted(p.name for p in package.rglob("*")) == before
    assert package.exists()
    assert not list(world.home.landing.rglob("*.age"))


@pytest.mark.parametrize("make", UNFINISHED, ids=lambda make: make.__name__)
def test_what_stopped_long_ago_is_refused(tmp_path: Path, make: Callable[[World], Path]) -> None:
    world = World(tmp_path)
    package = make(world)
    touch(package, LONG_AGO)
    counts = world.receive().counts
    assert (counts["attempts"], counts["refused"], counts["waiting"]) == (1, 1, 0)
    assert (UNFINISHED[make], "reject") in world.told()
    assert not package.exists()


def test_the_rest_of_an_upload_is_taken_the_next_night(tmp_path: Path) -> None:
    world = World(tmp_path)
    package = without_manifest(world)
    touch(package, JUST_NOW)
    world.receive()
    world.send(FILES, rows=ROWS)
    touch(package, JUST_NOW + timedelta(minutes=20))
    night = NIGHT + timedelta(days=1)
    world.receive(night)
    assert world.lake("attempts", columns="attempt_id, number, refusal", night=night) == [("513431-00001", 1, None)]
    assert world.lake("accounts", columns="waiting", night=night) == [(0,)]


def test_a_complete_package_is_taken_however_young(tmp_path: Path) -> None:
    world = World(tmp_path)
    for number, zipped in enumerate((False, True)):
        touch(world.send(FILES, rows=ROWS, package=f"p{number}", zipped=zipped), JUST_NOW)
    touch(world.send(package="p3"), JUST_NOW)
    assert world.receive().counts["waiting"] == 0
    assert world.lake("attempts", columns="package, refusal") == [("p0", None), ("p1.zip", None), ("p3", None)]


def test_a_complete_package_that_is_refused_for_another_reason_does_not_wait(tmp_path: Path) -> None:
    world = World(tmp_path)
    touch(world.send(FILES, rows=ROWS, manifest={"submitter": "620102"}), JUST_NOW)
    world.receive()
    assert world.told() == [("manifest-wrong-submitter", "reject")]


def test_one_unfinished_package_keeps_nobody_waiting(tmp_path: Path) -> None:
    world = World(tmp_path)
    touch(a_loose_file(world), JUST_NOW)
    world.receive()
    assert world.lake("attempts", columns="package, refusal") == [("p1", None)]


def test_a_night_run_long_after_its_evening_waits_for_nobody(tmp_path: Path) -> None:
    """The files are younger than the night, and nobody is writing them when it looks."""
    world = World(tmp_path)
    touch(without_manifest(world), known_at(NIGHT) + timedelta(days=3))
    assert world.receive().counts["refused"] == 1


def test_the_look_decides_and_not_the_cut_off(tmp_path: Path) -> None:
    world = World(tmp_path)
    touch(without_manifest(world), known_at(NIGHT) + timedelta(hours=2))
    looked_at = known_at(NIGHT) + timedelta(hours=2, minutes=5)
    counts = receive(world.home, world.settings, NIGHT, BATCH, known_at(NIGHT), looked_at).counts
    assert counts["waiting"] == 1
    assert world.lake("attempts") == []


def test_a_missed_night_takes_what_had_come_by_its_cut_off_and_leaves_the_rest(tmp_path: Path) -> None:
    """Three nights were missed; the oldest is made up for first, on the fourth day."""
    world = World(tmp_path)
    nights = [NIGHT + timedelta(days=day) for day in range(3)]
    fourth_day = known_at(nights[2]) + timedelta(hours=30)
    for night in nights:
        rows = csv_bytes([["户编号", "行政村代码"], [f"H{night.day}", "513431100200"]])
        package = world.send({"households.csv": rows}, package=f"{night}", manifest={"as_of": f"{night}"})
        touch(package, known_at(night) - timedelta(hours=3))
    for night in nights:
        receive(world.home, world.settings, night, BATCH, known_at(night), fourth_day)
    assert [world.lake("read", "households", "household_id", night) for night in nights] == [
        [(f"H{night.day}",)] for night in nights
    ]
    assert [world.lake("accounts", columns="waiting", night=night) for night in nights] == [[(0,)], [(0,)], [(0,)]]


def test_tonight_takes_what_came_shortly_after_the_cut_off(tmp_path: Path) -> None:
    world = World(tmp_path)
    touch(world.send(FILES, rows=ROWS), known_at(NIGHT) + timedelta(minutes=5))
    receive(world.home, world.settings, NIGHT, BATCH, known_at(NIGHT), known_at(NIGHT) + QUIET)
    assert world.lake("accounts", columns="waiting, looked_at") == [(0, known_at(NIGHT) + QUIET)]


def test_a_night_that_has_not_come_takes_nothing(tmp_path: Path) -> None:
    """A date that was mistyped, in a home that receives: the inbox and the lake stay as they were."""
    world = World(tmp_path)
    world.receive()
    package = world.send(FILES, rows=ROWS)
    noon = known_at(NIGHT) + timedelta(hours=14)
    for ahead in (NIGHT + timedelta(days=2), NIGHT.replace(year=2027)):
        with pytest.raises(NightAhead, match=f"{ahead} 尚未到来.*{ahead} has not come"):
            receive(world.home, world.settings, ahead, BATCH, known_at(ahead), noon)
    assert package.exists()
    assert [path.parent.name for path in world.home.lake.glob("attempts/night=*/*")] == [f"night={NIGHT}"]
    tomorrow = NIGHT + timedelta(days=1)
    assert receive(world.home, world.settings, tomorrow, BATCH, known_at(tomorrow), noon).counts["attempts"] == 1


def test_a_demonstrations_nights_may_all_lie_ahead_of_the_clock(tmp_path: Path) -> None:
    """Their dates are fixed, and nobody knows where the clock stands: each follows the one before."""
    world, long_before = World(tmp_path), known_at(NIGHT.replace(year=2025))
    for night in (NIGHT, NIGHT + timedelta(days=1)):
        world.send(FILES, rows=ROWS, package=f"{night}", manifest={"as_of": f"{night}"})
        assert receive(world.home, world.settings, night, BATCH, known_at(night), long_before).counts["attempts"] == 1


@pytest.mark.parametrize(("earlier", "later"), [("报送.zip", "报送-更正.zip"), ("p9", "p10"), ("b", "a")])
def test_of_two_packages_the_one_that_changed_last_is_the_later(tmp_path: Path, earlier: str, later: str) -> None:
    """Whatever their names; a folder changes with its files."""
    for name, changed in ((earlier, LONG_AGO), (later, JUST_NOW)):
        package = tmp_path / name
        if package.suffix == ".zip":
            package.touch()
        else:
            package.mkdir()
            (package / "manifest.json").touch()
        touch(package, changed)
        if name == later and package.is_dir():
            os.utime(package, (0, 0))
    assert [path.name for path in find_packages(tmp_path)] == [earlier, later]


def test_packages_of_one_time_are_in_order_of_name(tmp_path: Path) -> None:
    for name in ("c", "a", "b"):
        (tmp_path / name).mkdir()
        touch(tmp_path / name, LONG_AGO)
    assert [path.name for path in find_packages(tmp_path)] == ["a", "b", "c"]
