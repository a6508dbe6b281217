"""Backup and restore: what is copied, in which order, and what is refused."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from include.home import Home
from include.key_state import claim_lake
from include.keys import ensure_keys
from include.settings import Settings
from include.upkeep import backup as module
from include.upkeep.backup import back_up
from include.upkeep.manifest import MANIFEST, BackupError, copy_file
from include.upkeep.restore import ASIDE, restore
from tests.unit.intake_world import BATCH, NIGHT, World, csv_bytes

KEPT = {
    "landing/night=2026-11-20/513431-00001.zip.age": b"landing",
    "lake/read/households/night=2026-11-20/0-of-1.parquet": b"read",
    "lake/attempts/night=2026-11-20/0-of-1.parquet": b"ledger",
    "lake/accepted/households/night=2026-11-20/0-of-1.parquet": b"accepted",
    "published/marts-2026-11-20-1.duckdb": b"marts",
    "published/open-2026-11-20-1/zones.parquet": b"open",
    "outbox/513431/2026-11-20/letter.html": b"letter",
    "board/index.html": b"board",
    "lineage/night=2026-11-20.jsonl": b"{}",
    "watch/alerts.json": b"[]",
    "deletions/register.jsonl": b"a decision",
    "lake/removals/night=2026-11-20/run-1.parquet": b"removals",
    "inbox/513431/2026-11-21/manifest.json": b"{}",
    "inbox/513431/2026-11-21/.hidden": b"a package is copied whole: its hash counts every file",
}
LEFT = {
    "warehouse/warehouse.duckdb": b"built again",
    "tmp/scratch": b"",
    "gx/scratch": b"",
    "lake/read/households/night=2026-11-20/.0-of-1.parquet.7.part": b"half",
    "published/.candidate/marts-candidate.duckdb": b"half",
    "inbox/513431/upload.zip.part": b"half",
    "inbox/513431/.2026-11-20.received/manifest.json": b"being deleted",
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    ensure_keys(made, Settings(home=made.root))
    claim_lake(made, Settings(home=made.root))
    for name, data in (KEPT | LEFT).items():
        path = made.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (made.published / "marts.duckdb").symlink_to("marts-2026-11-20-1.duckdb")
    (made.published / "open").symlink_to("open-2026-11-20-1")
    (made.inbox / "513432").mkdir()
    return made


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def test_a_restored_home_holds_what_cannot_be_built_again_and_nothing_else(home: Home, tmp_path: Path) -> None:
    done = back_up(home, tmp_path / "backups")
    assert done.folder == tmp_path / "backups" / "2026-11-20"
    back = Home(tmp_path / "back")
    restored = restore(done.folder, back)
    named = ("keys/person_hmac.key", "keys/landing.recipient", "lake/person_key.json")
    keys = {name: (home.root / name).read_bytes() for name in named}
    assert files(back.root) == KEPT | keys
    assert restored.files == done.files == len(KEPT) + len(keys)
    assert restored.size == done.size == sum(map(len, (KEPT | keys).values()))
    assert restored.newest_night == "2026-11-20"
    assert (back.published / "marts.duckdb").readlink() == Path("marts-2026-11-20-1.duckdb")
    assert (back.published / "open").readlink() == Path("open-2026-11-20-1")
    assert (back.inbox / "513432").is_dir(), "an account stays also when nothing lies in it"
    assert not back.escrow.exists()


def test_keys_are_for_their_owner_alone_and_other_modes_come_back(home: Home, tmp_path: Path) -> None:
    (home.published / "marts-2026-11-20-1.duckdb").chmod(0o640)
    home.published.chmod(0o750)
    done = back_up(home, tmp_path / "backups")
    back = Home(tmp_path / "back")
    restore(done.folder, back)

    def mode(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    for root in (done.folder, back.root):
        assert mode(root / "keys") == 0o700
        assert mode(root / "keys" / "person_hmac.key") == 0o600
    assert mode(done.folder) == 0o700
    assert mode(back.published) == 0o750
    assert mode(back.published / "marts-2026-11-20-1.duckdb") == 0o640


def test_damaged_and_missing_files_are_named_and_nothing_stands(home: Home, tmp_path: Path) -> None:
    done = back_up(home, tmp_path / "backups")
    (done.folder / "outbox/513431/2026-11-20/letter.html").write_bytes(b"lettex")
    (done.folder / "published/open-2026-11-20-1/zones.parquet").unlink()
    back = Home(tmp_path / "back")
    with pytest.raises(BackupError) as refused:
        restore(done.folder, back)
    told = str(refused.value)
    assert "damaged: outbox/513431/2026-11-20/letter.html" in told
    assert "missing: published/open-2026-11-20-1/zones.parquet" in told
    assert told.count("\n") == 2
    assert list(back.root.iterdir()) == []


def test_a_home_that_is_not_empty_is_left_as_it_is(home: Home, tmp_path: Path) -> None:
    done = back_up(home, tmp_path / "backups")
    before = files(home.root)
    with pytest.raises(BackupError, match="not empty"):
        restore(done.folder, home)
    assert files(home.root) == before


def test_rooms_that_are_disks_of_their_own_are_filled_where_they_are(home: Home, tmp_path: Path) -> None:
    done = back_up(home, tmp_path / "backups")
    back = Home(tmp_path / "back")
    for room in (back.inbox, back.published):
        room.mkdir(parents=True)
        room.chmod(0o750)
    disks = {room: room.stat().st_ino for room in (back.inbox, back.published)}
    restore(done.folder, back)
    assert set(files(back.root)) == set(files(done.folder)) - {MANIFEST}
    assert all((back.root / name).read_bytes() == data for name, data in KEPT.items())
    assert [path for path in back.root.rglob("*") if path.name == ASIDE] == []
    assert {room: room.stat().st_ino for room in disks} == disks, "a disk cannot be replaced by a rename"
    assert (back.published / "marts.duckdb").readlink() == Path("marts-2026-11-20-1.duckdb")
    assert (back.inbox / "513432").is_dir()


def test_a_damaged_backup_leaves_such_rooms_empty(home: Home, tmp_path: Path) -> None:
    done = back_up(home, tmp_path / "backups")
    (done.folder / "published/marts-2026-11-20-1.duckdb").write_bytes(b"cut")
    back = Home(tmp_path / "back")
    back.published.mkdir(parents=True)
    with pytest.raises(BackupError, match="damaged: published/marts"):
        restore(done.folder, back)
    assert list(back.root.rglob("*")) == [back.published]


@pytest.mark.parametrize(
    "damage", ["", "[]", '{"format": 2}', '{"format": 1, "entries": [{"path": "../x", "kind": "file"}]}']
)
def test_a_manifest_that_cannot_be_trusted_is_refused(damage: str, home: Home, tmp_path: Path) -> None:
    done = back_up(home, tmp_path / "backups")
    (done.folder / MANIFEST).write_text(damage, encoding="utf-8")
    with pytest.raises(BackupError, match=MANIFEST):
        restore(done.folder, Home(tmp_path / "back"))
    assert not (tmp_path / "back").exists()


def test_after_a_missed_night_what_has_come_since_is_backed_up_too(home: Home, tmp_path: Path) -> None:
    """The newest night is the one that the last backup is named for."""
    to = tmp_path / "backups"
    first = back_up(home, to).folder
    package = home.inbox / "513431" / "since" / "manifest.json"
    package.parent.mkdir(parents=True)
    package.write_text("{}", encoding="utf-8")
    labels = [back_up(home, to).folder.name for _ in range(2)]
    assert labels == [f"{first.name}-2", f"{first.name}-3"]
    for label in labels:
        assert (to / label / "inbox" / "513431" / "since" / "manifest.json").is_file()


def test_an_unfinished_or_second_backup_of_a_name_is_refused(home: Home, tmp_path: Path) -> None:
    to = tmp_path / "backups"
    done = back_up(home, to)
    with pytest.raises(BackupError, match="another --label"):
        back_up(home, to, done.folder.name)
    (done.folder / MANIFEST).unlink()
    with pytest.raises(BackupError, match="not finished"):
        restore(done.folder, Home(tmp_path / "back"))
    (to / "again.partial").mkdir()
    with pytest.raises(BackupError, match="running"):
        back_up(home, to, "again")
    with pytest.raises(BackupError, match="no label"):
        back_up(home, to, "../elsewhere")
    with pytest.raises(BackupError, match="no night yet"):
        back_up(Home(tmp_path / "nothing"), to)


def test_a_folder_of_the_lake_without_a_place_in_the_order_is_refused(home: Home, tmp_path: Path) -> None:
    (home.lake / "appeals").mkdir()
    with pytest.raises(BackupError, match="appeals"):
        back_up(home, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def _when_copied(monkeypatch: pytest.MonkeyPatch, before: str, act: Callable[[], object]) -> None:
    """Let something happen just before the first file whose path has `before` in it is copied."""
    waiting = [act]

    def copy(source: Path, target: Path) -> tuple[int, int, str]:
        if waiting and before in source.as_posix():
            waiting.pop()()
        return copy_file(source, target)

    monkeypatch.setattr(module, "copy_file", copy)


HOUSEHOLDS = {"households.csv": csv_bytes([["household_id"], ["1"]])}


MOMENTS = (
    "/inbox/513431/p2/manifest",
    "/watch/alerts.json",
    "/lake/attempts/",
    "/lake/read/visits/night=2026-11-21/",
    "/landing/",
)


@pytest.mark.parametrize("moment", MOMENTS)
def test_no_package_is_lost_when_receive_runs_meanwhile(
    moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package is in the restored inbox or in its ledger with what the ledger stands on, whenever it is received."""
    world = World(tmp_path)
    world.send(HOUSEHOLDS, package="p1")
    world.receive()
    world.send(HOUSEHOLDS, package="p2")
    (world.home.root / "watch").mkdir()
    (world.home.root / "watch" / "alerts.json").write_text("[]")
    later = NIGHT.replace(day=NIGHT.day + 1)
    death_left = world.home.lake_file("read", later, BATCH, "visits")
    death_left.parent.mkdir(parents=True)
    death_left.touch()
    _when_copied(monkeypatch, moment, lambda: world.receive(later))
    done = back_up(world.home, tmp_path / "backups", "meanwhile")
    assert not (world.home.inbox / "513431" / "p2").exists(), "it was received while the backup ran"

    back = World(tmp_path / "again")
    restore(done.folder, back.home)
    back.receive(later)
    assert back.lake("attempts", columns="attempt_id, package", night=later) == [("513431-00002", "p2")]
    assert back.home.lake_file("read", later, BATCH, "households").exists()
    assert back.home.landing_file(later, "513431-00002").exists()
    assert [path.name for path in (back.home.inbox / "513431").iterdir()] == []


def test_a_package_that_is_still_being_written_is_left_out_and_told(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def grow(source: Path, target: Path) -> tuple[int, int, str]:
        if "/inbox/" in source.as_posix():
            with source.open("ab") as file:
                file.write(b"more")
        return copy_file(source, target)

    monkeypatch.setattr(module, "copy_file", grow)
    done = back_up(home, tmp_path / "backups")
    assert done.left_out == ("inbox/513431/2026-11-21",)
    assert not (done.folder / "inbox/513431/2026-11-21").exists()


def test_a_published_version_that_retention_removed_meanwhile_is_looked_up_again(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = home.published / "marts-2026-11-20-1.duckdb", home.published / "marts-2026-11-20-2.duckdb"

    def publish() -> None:
        new.write_bytes(b"newer")
        (home.published / "marts.duckdb").unlink()
        (home.published / "marts.duckdb").symlink_to(new.name)
        old.unlink()

    _when_copied(monkeypatch, old.name, publish)
    done = back_up(home, tmp_path / "backups")
    back = Home(tmp_path / "back")
    restore(done.folder, back)
    assert (back.published / "marts.duckdb").read_bytes() == b"newer"


def test_an_open_folder_that_retention_removed_meanwhile_is_looked_up_again(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (home.published / f"open-2026-11-20-{number}" for number in (1, 2))
    (old / "practices.parquet").write_bytes(b"open")

    def publish() -> None:
        new.mkdir()
        for name in ("practices.parquet", "zones.parquet"):
            (new / name).write_bytes(b"newer")
        (home.published / "open").unlink()
        (home.published / "open").symlink_to(new.name)
        (old / "zones.parquet").unlink()

    _when_copied(monkeypatch, "practices.parquet", publish)
    done = back_up(home, tmp_path / "backups")
    back = Home(tmp_path / "back")
    restore(done.folder, back)
    told = {path.name: path.read_bytes() for path in (back.published / "open").iterdir()}
    assert told == {"practices.parquet": b"newer", "zones.parquet": b"newer"}
