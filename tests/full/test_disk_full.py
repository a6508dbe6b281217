"""A disk that really is full, in the middle of each step: yesterday's marts stay, and the night comes out the same.

The small disk is a tmpfs in a user namespace of its own, which Debian lets any user make (`unshare -rm`).
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from include import night as steps
from include.country.make import make_country
from include.home import Home
from include.intake.deliver import deliver
from include.settings import Settings
from include.upkeep.free_space import NotEnoughSpace, told_of
from include.warehouse.content_hash import content_hash
from tests.conftest import NIGHTS

FIRST, SECOND = NIGHTS
BATCH = "0-of-1"
SIZE = "400m"
REPOSITORY = Path(__file__).resolve().parents[2]

Step = tuple[str, tuple[str, ...], tuple[int, ...], bool]
STEPS: tuple[Step, ...] = (
    ("receive", (BATCH,), (100_000,), True),
    ("meet", (), (), False),
    ("check", (BATCH,), (), False),
    ("judge", (BATCH,), (60_000,), False),
    ("gate", ("submissions",), (), False),
    ("build", ("seeds",), (), True),
    ("build", ("staging_intermediate",), (1_500_000,), True),
    ("gate", ("warehouse",), (), False),
    ("build", ("marts",), (1_000_000,), False),
    ("gate", ("marts",), (), False),
    ("build", ("quality",), (), False),
    ("publish", (), (2_000_000, 9_000_000), True),
    ("publish_quality", (), (1_000_000,), False),
    ("letters", (BATCH,), (8_000,), False),
    ("board", (), (), False),
)
"""A night's steps with their arguments, the bytes left free when each is tried, and whether it looks ahead."""


def settings_of(home: Home, *, looks_ahead: bool = False) -> Settings:
    if looks_ahead:
        return Settings(home=home.root, batches=1)
    return Settings(
        home=home.root,
        batches=1,
        space_per_inbox_byte=0,
        space_per_lake_byte=0,
        space_per_warehouse_byte=0,
        space_per_published_byte=0,
        space_reserve_mb=0,
    )


class SmallDisk:
    """A mounted disk that can be filled up to a number of free bytes, and given its space back."""

    def __init__(self, mounted: Path) -> None:
        self.mounted, self.ballast = mounted, mounted / "ballast"

    def fill(self, leave: int) -> None:
        self.give_back()
        weight = shutil.disk_usage(self.mounted).free - leave
        with self.ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, weight)

    def give_back(self) -> None:
        self.ballast.unlink(missing_ok=True)


def _call(home: Home, settings: Settings, name: str, arguments: tuple[str, ...]) -> None:
    leading, trailing = (arguments, ()) if name in ("gate", "build") else ((), arguments)
    getattr(steps, name)(home, settings, *leading, SECOND, *trailing)


def _failure(home: Home, settings: Settings, name: str, arguments: tuple[str, ...]) -> Exception:
    try:
        _call(home, settings, name, arguments)
    except Exception as error:
        return error
    raise AssertionError(f"{name} succeeded on a full disk")


def rehearse(mounted: Path, first_night: Path, country: Path) -> str:
    """Play the second night on the small disk, each step first on a full one; returns the content hash of the marts."""
    disk, home = SmallDisk(mounted), Home(mounted / "home")
    shutil.copytree(first_night, home.root, symlinks=True)
    deliver(country, home, SECOND)
    yesterday = (home.published / "marts.duckdb").resolve()
    hash_of_yesterday = content_hash(yesterday)
    for name, arguments, leaves, looks_ahead in STEPS:
        if looks_ahead:
            disk.fill(40_000_000)
            error = _failure(home, settings_of(home, looks_ahead=True), name, arguments)
            assert isinstance(error, NotEnoughSpace), (name, error)
        for leave in leaves:
            disk.fill(leave)
            error = _failure(home, settings_of(home), name, arguments)
            assert told_of(error), (name, error)
            assert [path for path in home.root.rglob("*") if path.name.endswith(".part")] == [], name
            if name in ("publish", "receive", "judge", "build"):
                assert (home.published / "marts.duckdb").resolve() == yesterday
                assert content_hash(yesterday) == hash_of_yesterday
        disk.give_back()
        _call(home, settings_of(home), name, arguments)
    assert [path for path in home.inbox.rglob("*") if path.is_file()] == []
    return content_hash((home.published / "marts.duckdb").resolve())


@pytest.mark.long
def test_a_night_on_a_disk_that_fills_up_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    country, home = tmp_path / "country", Home(tmp_path / "home")
    make_country(country, counties=4, households=400, nights=2, seed=11, faults="standard")
    mounted = tmp_path / "disk"
    mounted.mkdir()
    for night in NIGHTS:
        if night == SECOND:
            shutil.copytree(home.root, tmp_path / "first", symlinks=True)
        deliver(country, home, night)
        steps.run(home, settings_of(home), night, print)
    arguments = shlex.join(
        [sys.executable, "-m", "tests.full.test_disk_full", *map(str, (mounted, tmp_path / "first", country))]
    )
    script = f"mount -t tmpfs -o size={SIZE} none {shlex.quote(str(mounted))} && exec {arguments}"
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert done.stdout.splitlines()[-1] == content_hash((home.published / "marts.duckdb").resolve())


if __name__ == "__main__":
    print(rehearse(*map(Path, sys.argv[1:])))
