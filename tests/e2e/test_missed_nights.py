"""Three nights are missed and made up for, oldest first, one of them again in the middle: as if none had been."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from include import night as steps
from include.clocks import known_at
from include.country.make import make_country
from include.home import Home
from include.intake.deliver import deliver
from include.settings import Settings
from tests.alerts import GateFailure, Loopback, failed_check

pytestmark = pytest.mark.long

FIRST = date(2026, 11, 20)
MISSED = tuple(FIRST + timedelta(days=day) for day in (1, 2, 3))
FIFTH_DAY = known_at(MISSED[-1]) + timedelta(hours=30)
DIFFERS = {"accounts"}
"""It says when the inbox was looked into."""


def to_the_judge(home: Home, settings: Settings, night: date, late: bool) -> None:
    """The steps that decide what the lake holds; all after them is worked out from it."""
    looked_at = FIFTH_DAY if late else None
    steps.receive(home, settings, night, "0-of-1", looked_at=looked_at)
    steps.meet(home, settings, night)
    steps.check(home, settings, night, "0-of-1")
    steps.judge(home, settings, night, "0-of-1")


def lake(home: Home, night: date) -> dict[str, bytes]:
    """Every file of a night's lake by its path."""
    files = (path for path in home.lake.rglob("*.parquet") if path.parent.name == f"night={night}")
    named = {str(path.relative_to(home.lake)): path for path in files}
    return {name: path.read_bytes() for name, path in named.items() if name.split("/")[0] not in DIFFERS}


def test_the_lake_is_as_if_no_night_had_been_missed(tmp_path: Path) -> None:
    country = tmp_path / "country"
    make_country(country, counties=3, households=60, nights=4, seed=3, faults="none")
    never_missed = Home(tmp_path / "never")
    settings = Settings(home=never_missed.root, batches=1)
    deliver(country, never_missed, FIRST)
    to_the_judge(never_missed, settings, FIRST, late=False)
    shutil.copytree(never_missed.root, tmp_path / "missed", symlinks=True)
    missed = Home(tmp_path / "missed")

    for night in MISSED:
        deliver(country, never_missed, night)
        to_the_judge(never_missed, settings, night, late=False)
        deliver(country, missed, night)
    late = Settings(home=missed.root, batches=1)
    for night in MISSED:
        to_the_judge(missed, late, night, late=True)
    to_the_judge(missed, late, MISSED[1], late=True)
    for night in MISSED:
        expected = lake(never_missed, night)
        assert len(expected) > 20 and lake(missed, night) == expected, night
    assert not list(missed.inbox.glob("*/*")), "nothing is left in the inbox"


def test_alerts_of_nights_that_are_made_up_for_are_not_sent_twice(tmp_path: Path, loopback: Loopback) -> None:
    from include.watch.alerts import notify_gate_failed, notify_heartbeat, notify_resolved

    home = Home(tmp_path)
    newest = MISSED[-1] + timedelta(days=1)
    notify_gate_failed(home, loopback.settings, GateFailure(night=newest, failures=[failed_check()]))
    for night in (*MISSED, MISSED[1]):
        notify_gate_failed(home, loopback.settings, GateFailure(night=night, failures=[failed_check()]))
        notify_heartbeat(home, loopback.settings, night, [f"{night} NOT published"], published=False)
    notify_resolved(home, loopback.settings, ["gate:marts"], MISSED[1])
    titles = [hook["title"] for hook in loopback.hooks]
    assert sum("gate marts" in title for title in titles) == 1, "told by the newest night, and not again"
    assert [title for title in titles if "NOT published" in title] == [
        title for night in MISSED for title in titles if f"{night} NOT published" in title
    ]
    assert len(titles) == 4
