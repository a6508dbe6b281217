"""Each morning somebody asks whether readers have last night's marts; who is told, once, and until when."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from include import night as steps
from include.home import Home
from include.settings import Settings
from include.warehouse.versions import Version, point
from include.watch.alerts import notify_late, notify_not_fresh, notify_resolved
from include.watch.freshness import MartsNotFresh
from include.watch.state import read_open_alerts
from tests.alerts import Loopback

MORNING, LAST_NIGHT, BEFORE = date(2026, 11, 22), date(2026, 11, 21), date(2026, 11, 20)


def publish(home: Home, night: date) -> None:
    version = Version(night, 1, "marts")
    home.published.mkdir(parents=True, exist_ok=True)
    (home.published / version.file_name).write_bytes(b"")
    point(home, version)


def received(home: Home, night: date) -> None:
    path = home.lake_file("attempts", night, "0-of-1")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")


def test_marts_of_last_night_or_newer_are_fresh(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for night in (LAST_NIGHT, MORNING):
        publish(home, night)
        assert f"marts-{night}-1.duckdb" in str(steps.freshness(home, Settings(home=tmp_path), MORNING))


def test_older_marts_and_none_are_not(tmp_path: Path) -> None:
    home = Home(tmp_path)
    received(home, LAST_NIGHT)
    with pytest.raises(MartsNotFresh, match=r"2026-11-21 are not published: readers have none\..*not-published\.md"):
        steps.freshness(home, Settings(home=tmp_path), MORNING)
    publish(home, BEFORE)
    with pytest.raises(MartsNotFresh, match="readers have those of 2026-11-20") as raised:
        steps.freshness(home, Settings(home=tmp_path), MORNING)
    assert (raised.value.due, raised.value.served) == (LAST_NIGHT, BEFORE)


def test_a_night_that_has_not_come_is_not_fresh(tmp_path: Path, loopback: Loopback) -> None:
    """A run had its date a year ahead: every night until then is built, succeeds, and is published to nobody."""
    home, ahead = Home(tmp_path), MORNING.replace(year=2027)
    publish(home, ahead)
    with pytest.raises(MartsNotFresh, match=r"readers have those of 2027-11-22; 已发布之夜尚未到来.*has not come"):
        steps.freshness(home, Settings(home=tmp_path), MORNING)
    publish(home, date(2026, 11, 23))
    with pytest.raises(MartsNotFresh):
        steps.freshness(home, Settings(home=tmp_path), MORNING)
    notify_not_fresh(home, loopback.settings, LAST_NIGHT, ahead)
    (hook,) = loopback.hooks
    assert "freshness marts: 2027-11-22" in hook["title"] and "尚未到来" in hook["message"]
    assert "never began" not in hook["message"]


def test_a_run_that_publishes_nothing_does_not_end_it(tmp_path: Path, loopback: Loopback) -> None:
    home = Home(tmp_path)
    notify_not_fresh(home, loopback.settings, LAST_NIGHT, MORNING.replace(year=2027))
    publish(home, MORNING.replace(year=2027))
    steps.resolve(home, loopback.settings, MORNING)
    assert [alert.subject for alert in read_open_alerts(home)] == ["freshness:marts"]
    publish(home, MORNING)
    steps.resolve(home, loopback.settings, MORNING)
    assert read_open_alerts(home) == []


def test_a_home_without_a_night_owes_nothing(tmp_path: Path) -> None:
    assert "no night was received" in str(steps.freshness(Home(tmp_path), Settings(home=tmp_path), MORNING))


def test_it_is_told_once_and_ends_with_the_night_that_is_published(tmp_path: Path, loopback: Loopback) -> None:
    home = Home(tmp_path)
    for due in (BEFORE, LAST_NIGHT):  # two mornings
        notify_not_fresh(home, loopback.settings, due, None)
    (hook,) = loopback.hooks
    assert "2026-11-20 freshness marts" in hook["title"] and "docs/runbooks/not-published.md" in hook["message"]
    notify_resolved(home, loopback.settings, ["freshness:marts"], BEFORE)
    assert len(loopback.hooks) == 1, "an older night that is made up for is not what is missing"
    notify_resolved(home, loopback.settings, ["freshness:marts"], LAST_NIGHT)
    assert "RESOLVED" in loopback.hooks[-1]["title"] and not read_open_alerts(home)


def test_a_late_run_is_told_once_and_ends_with_its_success(tmp_path: Path, loopback: Loopback) -> None:
    home = Home(tmp_path)
    for _ in range(2):
        notify_late(home, loopback.settings, "build_marts", LAST_NIGHT, 5)
    (hook,) = loopback.hooks
    assert "late build_marts: 5 h" in hook["title"] and "not-published.md" in hook["message"]
    notify_resolved(home, loopback.settings, ["late:build_marts"], LAST_NIGHT)
    assert len(loopback.hooks) == 2
