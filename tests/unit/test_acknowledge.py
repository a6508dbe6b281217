"""Receipts: each whole package of the inbox is answered once, and keeps the number that its receipt promises."""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from include import kill_points
from include import night as steps
from include.clocks import TIMEZONE, known_at
from include.home import Home
from include.intake.receipts import inbox_lock
from include.result import Result
from include.settings import Settings
from tests.unit.intake_world import NIGHT, World, csv_bytes

MORNING = known_at(NIGHT).replace(hour=9, minute=30)
COUNTY = "513431"
HOUSEHOLDS = {"households.csv": csv_bytes([["户编号", "主要致贫原因"], ["h1", "illness"]])}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def look(world: World, at: datetime = MORNING) -> Result:
    return steps.acknowledge(world.home, world.settings, at.date(), at)


def receipts(world: World, submitter: str = COUNTY, night: str = "2026-11-20") -> dict[str, str]:
    """Text of each receipt in an outbox, by file name, without tags."""
    folder = world.home.outbox / submitter / night
    pages = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("receipt-*"))}
    return {
        name: " ".join(re.sub(r"(?s)<style>.*?</style>|<[^>]+>", " ", page).split()) for name, page in pages.items()
    }


def numbers(world: World) -> list[tuple[str, int, datetime]]:
    return world.lake("attempts", columns="package, number, arrived_at")


def test_a_package_is_answered_with_number_hash_and_what_will_be_read(world: World) -> None:
    world.send(HOUSEHOLDS)
    assert look(world).counts == {"receipts": 1, "cannot be read": 0, "still being written": 0, "copies": 1}
    (text,) = receipts(world).values()
    world.receive()
    (sha256, arrived) = world.lake("attempts", columns="sha256, arrived_at")[0]
    assert sha256 in text
    assert arrived == MORNING
    assert "513431-00001" in text
    assert "Package no. 1 has arrived, can be opened, and will be read in the night of 2026-11-20." in text
    assert "households households.csv 1 能 yes" in text
    assert "2026-11-20 09:30" in text
    assert "SYNTHETIC" in text


def test_looking_changes_and_takes_nothing(world: World) -> None:
    sent = world.send(HOUSEHOLDS)
    before = {path: path.read_bytes() for path in sent.rglob("*") if path.is_file()}
    look(world)
    assert {path: path.read_bytes() for path in sent.rglob("*") if path.is_file()} == before
    assert not world.home.landing.exists()


def test_each_package_is_answered_once(world: World) -> None:
    world.send(HOUSEHOLDS)
    look(world)
    told = receipts(world)
    assert look(world, MORNING + timedelta(minutes=15)).counts["receipts"] == 0
    assert receipts(world) == told


def test_a_package_that_cannot_be_read_is_told_why_and_how_to_mend_it(world: World) -> None:
    world.send(HOUSEHOLDS, manifest={"submitter": "513432"})
    assert look(world).counts["cannot be read"] == 1
    (text,) = receipts(world).values()
    assert "as it is it cannot be read" in text
    assert "manifest-wrong-submitter" not in text
    assert "如何修正 How to mend" in text
    assert receipts(world, "513432") == {}, "the inbox folder says who sent it, not the manifest"


def test_a_file_that_cannot_be_read_is_named_and_the_others_will_be(world: World) -> None:
    world.send(HOUSEHOLDS | {"persons.csv": csv_bytes([["no", "header"], ["1", "2"]])})
    look(world)
    (text,) = receipts(world).values()
    assert "households.csv 1 能 yes" in text
    assert "persons.csv 1 不能 no" in text
    assert "persons.csv： 找不到表头" in text


def test_what_is_still_being_uploaded_gets_its_receipt_when_it_is_whole(world: World) -> None:
    path = world.send(HOUSEHOLDS, drop=["households.csv"])
    uploading = MORNING.replace(tzinfo=ZoneInfo(TIMEZONE)).timestamp()
    for entry in (*path.rglob("*"), path):
        os.utime(entry, (uploading, uploading))
    assert look(world).counts == {"receipts": 0, "cannot be read": 0, "still being written": 1, "copies": 0}
    assert receipts(world) == {}
    (path / "households.csv").write_bytes(HOUSEHOLDS["households.csv"])
    assert look(world, MORNING + timedelta(minutes=15)).counts["receipts"] == 1


def test_the_night_gives_each_package_the_number_of_its_receipt(world: World) -> None:
    """Whatever their names: the one that came first has the lower number."""
    world.send(HOUSEHOLDS, package="z-came-first")
    look(world)
    world.send(HOUSEHOLDS, package="a-came-second", manifest={"as_of": "2026-11-19"})
    look(world, MORNING + timedelta(minutes=15))
    world.send(HOUSEHOLDS, package="0-came-last-and-unseen", manifest={"as_of": "2026-11-18"})
    world.receive()
    assert numbers(world) == [
        ("z-came-first", 1, MORNING),
        ("a-came-second", 2, MORNING + timedelta(minutes=15)),
        ("0-came-last-and-unseen", 3, known_at(NIGHT)),
    ]


def test_a_number_that_was_promised_is_given_to_no_other_content(world: World) -> None:
    world.send(HOUSEHOLDS)
    look(world)
    world.send(HOUSEHOLDS, manifest={"as_of": "2026-11-19"})  # the same name, sent again before the night
    look(world, MORNING + timedelta(minutes=15))
    world.receive()
    assert list(receipts(world)) == ["receipt-00001.html", "receipt-00002.html"]
    assert [(name, number) for name, number, _ in numbers(world)] == [("p1", 2)]
    world.send(HOUSEHOLDS, package="p2")
    world.receive(NIGHT + timedelta(days=1))
    assert world.lake("attempts", columns="number", night=NIGHT + timedelta(days=1)) == [(3,)]


def test_what_was_replaced_and_comes_again_after_later_ones_is_a_new_package(world: World) -> None:
    """With the number that it was promised first it would count as earlier than what was taken since."""
    world.send(HOUSEHOLDS)
    look(world)
    world.send(HOUSEHOLDS, manifest={"as_of": "2026-11-19"})  # takes its place
    look(world, MORNING + timedelta(minutes=15))
    world.receive()
    world.send(HOUSEHOLDS)
    again = MORNING + timedelta(days=1)
    look(world, again)
    assert list(receipts(world, night="2026-11-21")) == ["receipt-00003.html"]
    world.receive(NIGHT + timedelta(days=1))
    assert world.lake("attempts", columns="number, arrived_at", night=NIGHT + timedelta(days=1)) == [(3, again)]


def test_after_the_night_what_comes_is_promised_to_the_next_one(world: World) -> None:
    world.receive()
    world.send(HOUSEHOLDS)
    late = known_at(NIGHT) + timedelta(minutes=45)
    look(world, late)
    assert "will be read in the night of 2026-11-21" in next(iter(receipts(world, night="2026-11-21").values()))


def test_what_the_night_took_before_anybody_looked_is_answered_too(world: World) -> None:
    world.send(HOUSEHOLDS)
    world.receive()
    late = known_at(NIGHT) + timedelta(minutes=15)
    assert look(world, late).counts["receipts"] == 1
    (text,) = receipts(world).values()
    assert "was taken in the night of 2026-11-20" in text
    assert look(world, late + timedelta(minutes=15)).counts["receipts"] == 0


def test_while_a_night_is_received_no_number_is_given(world: World) -> None:
    world.send(HOUSEHOLDS)
    with inbox_lock(world.home, shared=True) as held:
        assert held
        told = look(world)
    assert told.notes == ("a night is being received: receipts follow with the next run",)
    assert receipts(world) == {}
    assert look(world).counts["receipts"] == 1


def _look_and_die(root: Path, point: str) -> None:
    os.environ[kill_points.SETTING] = point
    steps.acknowledge(Home(root), Settings(home=root, batches=1), NIGHT, MORNING)


@pytest.mark.parametrize("point", ["receipts:before", "receipts:after", "receipt:before", "receipt:after"])
def test_a_death_anywhere_leaves_one_receipt_with_the_number_that_was_promised(world: World, point: str) -> None:
    world.send(HOUSEHOLDS)
    world.send(HOUSEHOLDS, package="p2", manifest={"as_of": "2026-11-19"})
    process = get_context("fork").Process(target=_look_and_die, args=(world.home.root, point))
    process.start()
    process.join()
    assert process.exitcode == -9
    look(world, MORNING + timedelta(minutes=15))
    assert list(receipts(world)) == ["receipt-00001.html", "receipt-00002.html"]
    world.receive()
    assert [(name, number) for name, number, _ in numbers(world)] == [("p1", 1), ("p2", 2)]


@pytest.mark.parametrize("name", ["ab12" * 16, "c-110105-491231-002x"])
def test_a_receipt_gives_no_name_that_looks_like_a_persons_and_says_so(
    world: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long number is masked at the door already; here the door is left open."""
    monkeypatch.setattr("include.intake.acknowledge.shown", lambda text: text.replace("-491231-002x", "491231002"))
    world.send(HOUSEHOLDS, package=name)
    other = world.send(HOUSEHOLDS, submitter="513432", package="2026-11-20")
    assert look(world).counts["copies"] == 2, other
    (text,) = receipts(world).values()
    assert name not in text and "110105491231002" not in text
    assert "households … 1 能 yes" in text
    assert "this receipt gives no names" in text and "名称里不要写人的号码" in text
    (text,) = receipts(world, "513432").values()
    assert "households households.csv 1 能 yes" in text and "gives no names" not in text
