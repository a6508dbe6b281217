"""Want of space: foreseen before a step, told in figures, and harmless where it could not be foreseen."""

from __future__ import annotations

import errno
import multiprocessing
import resource
import shutil
import signal
from datetime import date
from pathlib import Path

import pytest

from include import night as steps
from include.country.make import make_country
from include.home import Home
from include.intake.deliver import deliver
from include.settings import Settings
from include.upkeep import free_space
from include.upkeep.free_space import NotEnoughSpace, need_of_build, need_of_publish, need_of_receive, told_of
from include.warehouse.dbt import DbtFailed
from include.watch import messages

NIGHT = date(2026, 11, 20)
MB = 1_000_000


def settings_of(home: Home) -> Settings:
    return Settings(
        home=home.root,
        batches=1,
        space_per_inbox_byte=3,
        space_per_lake_byte=2,
        space_per_warehouse_byte=1,
        space_per_published_byte=1.5,
        space_reserve_mb=10,
    )


def put(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"0" * size)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_receive_needs_room_for_the_whole_inbox(home: Home) -> None:
    put(home.inbox / "513437" / "a" / "households.csv", 2 * MB)
    put(home.inbox / "540581" / "b.zip", 1 * MB)
    need = need_of_receive(home, settings_of(home))
    assert (need.step, need.folder, need.needed) == ("receive", home.lake, 3 * 3 * MB + 10 * MB)


def test_the_build_needs_room_for_the_larger_of_warehouse_and_lake(home: Home) -> None:
    put(home.lake_file("accepted", NIGHT, "0-of-1", "persons"), 3 * MB)
    assert need_of_build(home, settings_of(home)).needed == 2 * 3 * MB + 10 * MB
    put(home.warehouse, 8 * MB)
    need = need_of_build(home, settings_of(home))
    assert need.needed == 8 * MB + 10 * MB
    assert need.folder == home.warehouse.parent


def test_publish_needs_room_for_the_next_version_of_what_readers_get(home: Home) -> None:
    put(home.warehouse, 6 * MB)
    assert need_of_publish(home, settings_of(home)).needed == 9 * MB + 10 * MB, "nothing is published yet"
    put(home.published / "marts-2026-11-19-1.duckdb", 4 * MB)
    put(home.published / "marts-2026-11-18-1.duckdb", 30 * MB)
    (home.published / "marts.duckdb").symlink_to("marts-2026-11-19-1.duckdb")
    assert need_of_publish(home, settings_of(home)).needed == 6 * MB + 10 * MB


def has_free(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(free_space.shutil, "disk_usage", lambda _: type("Usage", (), {"free": free}))


@pytest.mark.parametrize("step", ["receive", "build", "publish"])
def test_a_step_is_not_begun_when_its_disk_is_too_small(home: Home, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    put(home.inbox / "513437" / "a" / "households.csv", 2 * MB)
    put(home.warehouse, 8 * MB)
    before = sorted(home.root.rglob("*"))
    has_free(monkeypatch, 4 * MB)
    settings = settings_of(home)
    with pytest.raises(NotEnoughSpace) as stopped:
        {
            "receive": lambda: steps.receive(home, settings, NIGHT, "0-of-1"),
            "build": lambda: steps.build(home, settings, "seeds", NIGHT),
            "publish": lambda: steps.publish(home, settings, NIGHT),
        }[step]()
    text = str(stopped.value)
    needed = stopped.value.need.needed
    for part in (step, "4.0 MB free", f"{needed / MB:.1f} MB", f"add {needed / MB - 4:.1f} MB", "disk-full.md"):
        assert part in text
    lock = {home.keys, home.keys / ".rotation.lock"}
    assert sorted({*home.root.rglob("*")} - lock) == before, "nothing was made and nothing was changed"


def test_a_step_begins_when_there_is_just_enough(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    need = need_of_receive(home, settings_of(home))
    has_free(monkeypatch, need.needed)
    free_space.ensure_space(need)
    has_free(monkeypatch, need.needed - 1)
    with pytest.raises(NotEnoughSpace):
        free_space.ensure_space(need)


def test_the_alert_tells_the_figures_and_its_runbook(home: Home) -> None:
    error = NotEnoughSpace(need_of_receive(home, settings_of(home)), 4 * MB)
    told = messages.step_failed("receive", NIGHT, type(error).__name__, settings_of(home), "opened", told_of(error))
    assert "4.0 MB free" in told.body
    assert "docs/runbooks/disk-full.md" in told.body


def test_only_want_of_space_is_told_in_an_alert() -> None:
    for error in (
        OSError(errno.ENOSPC, "No space left on device", "/inbox/somebody"),
        DbtFailed("marts", NIGHT, ["the disk was full: No space left on device"]),
    ):
        assert "disk filled up" in told_of(error)
        assert "somebody" not in told_of(error)
    assert told_of(OSError(errno.EACCES, "Permission denied", "/inbox/somebody")) == ""
    assert told_of(DbtFailed("marts", NIGHT, ["zone__zones: error"])) == ""


def _receive_with_small_files(root: Path, largest: int) -> None:
    """Receive in a process that may write no file beyond `largest` bytes: the write fails, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    home = Home(root)
    steps.receive(home, settings_of(home), NIGHT, "0-of-1")


def test_a_write_that_fails_halfway_leaves_the_inbox_whole_and_the_next_try_takes_it(
    home: Home, tmp_path: Path
) -> None:
    make_country(tmp_path / "country", counties=2, households=60, nights=1, seed=3, faults="none")
    deliver(tmp_path / "country", home, NIGHT)
    sent = {path.relative_to(home.inbox): path.read_bytes() for path in home.inbox.rglob("*") if path.is_file()}
    process = multiprocessing.get_context("spawn").Process(target=_receive_with_small_files, args=(home.root, 4_000))
    process.start()
    process.join()
    assert process.exitcode == 1
    assert {p.relative_to(home.inbox): p.read_bytes() for p in home.inbox.rglob("*") if p.is_file()} == sent
    assert not home.lake_file("attempts", NIGHT, "0-of-1").exists(), "the batch is not closed"
    assert [path for path in home.root.rglob("*") if path.name.endswith(".part")] == []

    steps.receive(home, settings_of(home), NIGHT, "0-of-1")
    assert [path for path in home.inbox.rglob("*") if path.is_file()] == []
    undisturbed = Home(tmp_path / "undisturbed")
    (undisturbed.root / "keys").mkdir(parents=True)
    for key in home.keys.iterdir():
        shutil.copy(key, undisturbed.keys / key.name)
    deliver(tmp_path / "country", undisturbed, NIGHT)
    steps.receive(undisturbed, settings_of(undisturbed), NIGHT, "0-of-1")
    read = {path.relative_to(home.lake): path.read_bytes() for path in home.lake.rglob("*.parquet")}
    assert read == {p.relative_to(undisturbed.lake): p.read_bytes() for p in undisturbed.lake.rglob("*.parquet")}
