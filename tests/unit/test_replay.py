"""A package is brought again from its archived bytes, with the private identity, as a new attempt that says so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyrage
import pytest
from typer.testing import CliRunner

from include.cli import app
from include.intake.replay import NotReplayed, replay
from include.keys import identity_file
from tests.unit.intake_world import NIGHT, World, csv_bytes

HOUSEHOLDS = csv_bytes([["户编号", "行政村代码"], ["H1", "513431100200"], ["H2", "513431100201"]])
NEXT = NIGHT + timedelta(days=1)
FIRST = "513431-00001"


@pytest.fixture(params=[False, True], ids=["folder", "zip"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> World:
    """A home that has received one package."""
    world = World(tmp_path)
    world.send({"households.csv": HOUSEHOLDS}, rows={"households.csv": 2}, zipped=request.param)
    world.receive()
    return world


def test_the_archived_package_comes_again_as_a_new_attempt(world: World) -> None:
    package = replay(world.home, world.settings, FIRST, identity_file(world.home))
    assert package == world.home.inbox / "513431" / f"replay-{FIRST}.zip"
    world.receive(NEXT)
    columns = "attempt_id, replay_of, refusal, sha256"
    [first] = world.lake("attempts", columns=columns)
    assert world.lake("attempts", columns=columns, night=NEXT) == [("513431-00002", FIRST, None, first[3])]
    assert first[:3] == (FIRST, None, None)
    rows = "household_id, village_code"
    assert world.lake("read", "households", rows, night=NEXT) == world.lake("read", "households", rows)
    assert not package.exists()


def test_only_the_same_content_is_a_replay(world: World) -> None:
    """A package of another content under such a name is a package like any other."""
    world.send({"households.csv": HOUSEHOLDS[:-1]}, rows={"households.csv": 2}, package=f"replay-{FIRST}", zipped=True)
    world.receive(NEXT)
    assert world.lake("attempts", columns="attempt_id, replay_of", night=NEXT) == [("513431-00002", None)]


def test_another_identity_opens_nothing(world: World, tmp_path: Path) -> None:
    other = tmp_path / "other.identity"
    other.write_text(str(pyrage.x25519.Identity.generate()), encoding="ascii")
    with pytest.raises(NotReplayed, match=r"other\.identity does not open"):
        replay(world.home, world.settings, FIRST, other)
    with pytest.raises(NotReplayed, match="bring the identity"):
        replay(world.home, world.settings, FIRST, tmp_path / "nowhere")
    assert list((world.home.inbox / "513431").iterdir()) == []


def test_what_was_never_received_or_is_on_its_way_is_told(world: World) -> None:
    with pytest.raises(NotReplayed, match="not in the ledger"):
        replay(world.home, world.settings, "513431-00009", identity_file(world.home))
    replay(world.home, world.settings, FIRST, identity_file(world.home))
    with pytest.raises(NotReplayed, match="run the next night"):
        replay(world.home, world.settings, FIRST, identity_file(world.home))


def test_the_command_says_what_to_do_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGETED_HOME", str(world.home.root))
    ask = ["replay", "--attempt", FIRST, "--identity", str(identity_file(world.home))]
    done = CliRunner().invoke(app, ask)
    assert done.exit_code == 0
    assert f"the next night receives it as a replay of {FIRST}" in done.output
    again = CliRunner().invoke(app, ask)
    assert again.exit_code == 1
    assert "is there already" in again.output
