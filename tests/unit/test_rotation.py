"""A rotation gives every stored person key its next version, changes nothing else, and may die at any moment."""

from __future__ import annotations

import hashlib
import hmac
import multiprocessing
import os
import shutil
import signal
import stat
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from include import kill_points
from include import night as steps
from include.cli import app
from include.home import Home
from include.key_state import (
    KeysDiffer,
    KeysInUse,
    alone,
    claim_lake,
    difference,
    in_use,
    key_version,
)
from include.keys import KeysMissing, KeysUnsafe, append_secret, ensure_keys, hmac_key_file, read_person_secrets
from include.settings import Settings
from include.upkeep.backup import back_up
from include.upkeep.manifest import BackupError
from include.upkeep.rotate import KEYED_KINDS, RotationRefused, keyed_folders, rotate
from tests.unit.lake_rows import NIGHT, Attempt, clean, person, run

NEXT = date(2026, 11, 21)


def settings_of(home: Home, **values: Any) -> Settings:
    return Settings(home=home.root, threads=1, **values)


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state of two nights with read, accepted and held person keys, a warehouse and scratch files."""
    home = Home(tmp_path_factory.mktemp("keyed") / "home")
    ensure_keys(home, settings_of(home))
    claim_lake(home, settings_of(home))
    rows = clean()
    run(home.root, [Attempt(rows)])
    rows = clean()
    rows["persons"][0] = person("H1", 1, relation="99")
    run(home.root, [Attempt(rows, number=2, as_of=NEXT)], NEXT)
    home.warehouse.parent.mkdir()
    home.warehouse.write_bytes(b"old keys")
    (home.gx).mkdir()
    return home.root


@pytest.fixture
def home(keyed: Path, tmp_path: Path) -> Home:
    shutil.copytree(keyed, tmp_path / "home")
    return Home(tmp_path / "home")


Rows = dict[str, list[dict[str, Any]]]


def keyed_rows(home: Home) -> Rows:
    """Rows of every file with person keys, in the order they lie in."""
    rows: Rows = {}
    for folder in keyed_folders(home):
        for path in sorted((home.lake / folder).rglob("*.parquet")):
            table = duckdb.execute("from read_parquet(?, hive_partitioning = false)", [str(path)])
            names = [column[0] for column in table.description or ()]
            name = path.relative_to(home.lake).as_posix()
            rows[name] = [dict(zip(names, row, strict=True)) for row in table.fetchall()]
    return rows


def next_version(rows: Rows, secret: bytes) -> Rows:
    """What the rows must be under one more secret; Python's own hmac says it."""

    def next_key(key: str | None) -> str | None:
        return key and hmac.new(secret, key.encode(), hashlib.sha256).hexdigest()

    return {name: [row | {"person_key": next_key(row["person_key"])} for row in told] for name, told in rows.items()}


def keys_of(rows: Rows) -> set[str]:
    return {row["person_key"] for told in rows.values() for row in told if row["person_key"]}


def values_in(home: Home) -> set[str]:
    """Every text in any table of the state."""
    found: set[str] = set()
    for path in home.root.rglob("*.parquet"):
        table = duckdb.execute("from read_parquet(?, hive_partitioning = false)", [str(path)])
        found |= {value for row in table.fetchall() for value in row if isinstance(value, str)}
    return found


def test_every_key_becomes_the_next_and_nothing_else_changes(home: Home) -> None:
    before = keyed_rows(home)
    assert {Path(name).parts[0] for name, rows in before.items() if rows} == set(KEYED_KINDS)
    assert {"persons", "cross_checks"} <= {Path(name).parts[1] for name, rows in before.items() if rows}
    others = {
        path: path.read_bytes()
        for path in home.lake.rglob("*.parquet")
        if path.relative_to(home.lake).as_posix() not in before
    }
    assert rotate(home, settings_of(home)).version == 2
    first, second = read_person_secrets(home, settings_of(home))
    assert first != second
    assert keyed_rows(home) == next_version(before, second)
    assert {path: path.read_bytes() for path in others} == others
    assert key_version(home) == 2
    assert difference(home, settings_of(home)) is None
    assert not keys_of(before) & values_in(home)
    assert not home.warehouse.parent.exists()
    assert not home.rekeying.exists()
    assert stat.S_IMODE(hmac_key_file(home).stat().st_mode) == 0o600


def test_a_third_version_is_made_of_the_second(home: Home) -> None:
    before = keyed_rows(home)
    rotate(home, settings_of(home))
    assert rotate(home, settings_of(home)).version == 3
    _, second, third = read_person_secrets(home, settings_of(home))
    assert keyed_rows(home) == next_version(next_version(before, second), third)


def _rotate(root: Path, point: str) -> None:
    os.environ[kill_points.SETTING] = point
    rotate(Home(root), settings_of(Home(root)))


def _dies_at(home: Home, point: str) -> bool:
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload([__name__])
    process = server.Process(target=_rotate, args=(home.root, point))
    process.start()
    process.join()
    return process.exitcode == -signal.SIGKILL


def kill_points_of_a_rotation() -> list[str]:
    """Names of the points, roughly in the order in which a rotation comes to them."""
    whats = ("keys", *kill_points.REKEYED, *kill_points.SWITCHED[:2], "person-key-stamp", kill_points.SWITCHED[2])
    return [f"{what}:{when}" for what in whats for when in ("before", "after")] + ["rekeying-folder:during"]


@pytest.mark.parametrize("point", kill_points_of_a_rotation())
def test_a_rotation_that_died_is_finished_by_the_next_run(home: Home, point: str) -> None:
    before = keyed_rows(home)
    assert _dies_at(home, point), f"a rotation never came to {point}"
    if point in {"keys:before", "rekeying-old:after"}:
        assert difference(home, settings_of(home)) is None, "nothing was begun, or all is over"
    else:
        with pytest.raises(KeysDiffer, match="targeted keys rotate"):
            steps.receive(home, settings_of(home), NEXT, "0-of-1")
    if point != "rekeying-old:after":
        assert rotate(home, settings_of(home)).version == 2
    _, second = read_person_secrets(home, settings_of(home))
    assert keyed_rows(home) == next_version(before, second)
    assert not keys_of(before) & values_in(home)
    assert [path for path in home.root.rglob("*") if path.name.endswith(".part") or path == home.rekeying] == []


def test_a_second_secret_added_meanwhile_waits_for_the_first_to_be_reached(home: Home) -> None:
    before = keyed_rows(home)
    assert _dies_at(home, "rekeying-folder:during")
    with hmac_key_file(home).open("a") as file:
        file.write("ab" * 32 + "\n")
    assert rotate(home, settings_of(home)).version == 3
    _, second, third = read_person_secrets(home, settings_of(home))
    assert keyed_rows(home) == next_version(next_version(before, second), third)


@pytest.mark.parametrize("how", ["value", "file"])
def test_secrets_of_the_operator_are_used_and_never_written(home: Home, tmp_path: Path, how: str) -> None:
    [first] = read_person_secrets(home, settings_of(home))
    hmac_key_file(home).unlink()
    before = keyed_rows(home)

    def brought(*secrets: bytes) -> Settings:
        text = "\n".join(secret.hex() for secret in secrets)
        if how == "value":
            return settings_of(home, person_hmac_key=SecretStr(text))
        (tmp_path / "secret").write_text(text)
        return settings_of(home, person_hmac_key_file=tmp_path / "secret")

    second = bytes(range(32))
    assert difference(home, brought(first)) is None
    assert first.hex() not in repr(brought(first))
    with pytest.raises(RotationRefused, match="add a new one"):
        rotate(home, brought(first))
    with pytest.raises(KeysDiffer, match="targeted keys rotate"):
        steps.judge(home, brought(first, second), NEXT, "0-of-1")
    rotate(home, brought(first, second))
    assert keyed_rows(home) == next_version(before, second)
    ensure_keys(home, brought(first, second))
    assert not hmac_key_file(home).exists()


def test_other_older_and_open_secrets_stop_a_night_and_a_rotation(home: Home) -> None:
    rotate(home, settings_of(home))
    good = hmac_key_file(home).read_text()
    for text, told in ((good.splitlines()[0], "newer secrets"), ("ab" * 32 + " " + "cd" * 32, "did not make")):
        hmac_key_file(home).write_text(text)
        with pytest.raises(KeysDiffer, match=told):
            steps.check(home, settings_of(home), NEXT, "0-of-1")
        with pytest.raises(KeysDiffer, match=told):
            rotate(home, settings_of(home))
    hmac_key_file(home).write_text(good)
    hmac_key_file(home).chmod(0o640)
    with pytest.raises(KeysUnsafe, match="chmod 600"):
        steps.check(home, settings_of(home), NEXT, "0-of-1")
    hmac_key_file(home).unlink()
    with pytest.raises(KeysMissing):
        rotate(home, settings_of(home))


def test_a_lost_or_damaged_stamp_is_not_guessed(home: Home) -> None:
    home.person_key_stamp.unlink()
    claim_lake(home, settings_of(home))
    assert key_version(home) == 1, "a state from before there were versions"
    rotate(home, settings_of(home))
    home.person_key_stamp.unlink()
    with pytest.raises(KeysDiffer, match="backup"):
        claim_lake(home, settings_of(home))
    assert "is gone" in (difference(home, settings_of(home)) or "")
    home.person_key_stamp.write_text("{")
    with pytest.raises(KeysDiffer, match="backup"):
        steps.check(home, settings_of(home), NEXT, "0-of-1")


def test_a_rotation_waits_for_nobody_and_nobody_works_during_one(home: Home, tmp_path: Path) -> None:
    before = keyed_rows(home)
    with in_use(home), in_use(home), pytest.raises(KeysInUse, match="pause the DAGs"):
        rotate(home, settings_of(home))
    with alone(home):
        for work in (
            lambda: steps.check(home, settings_of(home), NEXT, "0-of-1"),
            lambda: back_up(home, tmp_path / "backups"),
        ):
            with pytest.raises(KeysInUse, match="rotated"):
                work()
    assert keyed_rows(home) == before
    assert key_version(home) == 1


def test_a_night_that_meets_a_half_done_rotation_says_so_and_does_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    append_secret(home)
    before = {path: path.read_bytes() for path in home.lake.rglob("*") if path.is_file()}
    monkeypatch.setenv("TARGETED_HOME", str(home.root))
    monkeypatch.setenv("TARGETED_BATCHES", "1")
    told = CliRunner().invoke(app, ["night", "run", "--night", "2026-11-22"])
    assert told.exit_code == 1
    assert "version 1" in told.output and "targeted keys rotate" in told.output
    assert {path: path.read_bytes() for path in home.lake.rglob("*") if path.is_file()} == before
    assert not home.outbox.exists()
    assert not home.published.exists()
    assert CliRunner().invoke(app, ["keys", "status"]).exit_code == 1
    assert "version 2" in CliRunner().invoke(app, ["keys", "rotate"]).output
    done = CliRunner().invoke(app, ["keys", "status"])
    assert (done.exit_code, "version 2" in done.output) == (0, True)


def test_a_half_re_keyed_lake_is_not_backed_up(home: Home, tmp_path: Path) -> None:
    assert _dies_at(home, "rekeying-folder:during")
    with pytest.raises(BackupError, match="half re-keyed"):
        back_up(home, tmp_path / "backups", "half")
    rotate(home, settings_of(home))
    assert back_up(home, tmp_path / "backups", "whole").holds_secrets


def test_a_damaged_file_stops_a_rotation_before_anything_is_moved(home: Home) -> None:
    damaged = home.lake_file("accepted", NIGHT, "0-of-1", "persons")
    whole = damaged.read_bytes()
    before = keyed_rows(home)
    damaged.write_bytes(whole[:-9])
    with pytest.raises(OSError, match="persons"):
        rotate(home, settings_of(home))
    damaged.write_bytes(whole)
    assert keyed_rows(home) == before
    assert rotate(home, settings_of(home)).version == 2


def test_a_state_without_a_lake_has_nothing_to_rotate(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(RotationRefused, match="TARGETED_HOME"):
        rotate(home, settings_of(home))
