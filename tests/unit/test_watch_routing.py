"""Severity decides the way of an alert: told now, in the morning's digest, on the board alone; quiet hours; noise."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include.home import Home
from include.settings import Settings
from include.watch import routing
from include.watch.alerts import (
    AlertNotDelivered,
    notify_gate_failed,
    notify_heartbeat,
    notify_resolved,
    send_due,
)
from include.watch.board_facts import read_tonight
from include.watch.heartbeat import heartbeat_lines
from include.watch.routing import RoutingUnreadable, is_quiet, way_of
from include.watch.state import read_alerts, read_open_alerts
from tests.alerts import GateFailure, failed_check, free_port
from tests.unit.quality_file import NIGHT, three_counties

BREAKER = (
    "insert into quality.verdicts values (?, '513431', '513431', '513431-00002', 'breaker-incomes-rose', 'hold', 10, 2)"
)


@pytest.fixture
def hooks() -> Iterator[tuple[str, list[str]]]:
    """A real webhook: its address, and the titles it has taken."""
    titles: list[str] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            titles.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["title"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"json://127.0.0.1:{server.server_port}/", titles
    server.shutdown()
    server.server_close()


def test_the_ways_of_the_rows_of_routing() -> None:
    assert way_of("marts-keys-unique", "critical", NIGHT) == "now"
    assert way_of("marts-figures-usual", "warning", NIGHT) == "digest"
    assert way_of("marts-empty", "warning", NIGHT) == "board", "a row for a check counts before one for its severity"
    assert way_of("something-new", "unheard-of", NIGHT) == "now", "what nobody has thought of is told"


def test_a_row_counts_between_its_dates_and_a_wrong_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "routing.csv"
    head = "what,route,valid_from,valid_to,reason\n"
    path.write_text(head + "warning,board,2026-11-21,2026-11-21,a rehearsal\n", encoding="utf-8")
    read = routing._rows.__wrapped__
    monkeypatch.setattr(routing, "_rows", lambda: read(path))
    ways = [way_of("x", "warning", date(2026, 11, day)) for day in (20, 21, 22)]
    assert ways == ["now", "board", "now"]
    path.write_text(head + "warning,later,,,a typing error\n", encoding="utf-8")
    with pytest.raises(RoutingUnreadable, match=r"routing\.csv line 2"):
        way_of("x", "warning", NIGHT)


@pytest.mark.parametrize(
    ("hours", "at", "quiet"),
    [
        ("22:00-07:00", "23:30", True), ("22:00-07:00", "06:59", True), ("22:00-07:00", "07:00", False),
        ("12:00-14:00", "13:00", True), ("12:00-14:00", "21:00", False), ("", "03:00", False),
    ],
)  # fmt: skip
def test_quiet_hours(hours: str, at: str, quiet: bool) -> None:
    assert is_quiet(hours, datetime.fromisoformat(f"2026-11-21 {at}")) is quiet


def test_hours_that_are_none_are_refused_with_an_example() -> None:
    with pytest.raises(RoutingUnreadable, match="such as 22:00-07:00"):
        is_quiet("all night", datetime.fromisoformat("2026-11-21 03:00"))


def test_in_quiet_hours_a_trouble_is_told_and_its_end_waits_for_the_morning(
    tmp_path: Path, hooks: tuple[str, list[str]]
) -> None:
    url, titles = hooks
    home, settings = Home(tmp_path), Settings(alert_urls=url, alert_quiet_hours="22:00-07:00")
    at_three, at_half_past_seven = map(datetime.fromisoformat, ("2026-11-22 03:00", "2026-11-22 07:30"))
    notify_gate_failed(home, settings, GateFailure(failures=[failed_check()]))
    notify_resolved(home, settings, ["gate:marts"], NIGHT, at_three)
    notify_heartbeat(home, settings, NIGHT, ["2026-11-21 published"], at_three, published=True)
    assert [title.split("]")[0] for title in titles] == ["[未通过 FAILED"]
    assert send_due(home, settings, NIGHT, at_three) == 0
    assert send_due(home, settings, NIGHT, at_half_past_seven) == 2
    assert [title.split("]")[0] for title in titles[1:]] == ["[已恢复 RESOLVED", "[正常 OK"]
    assert send_due(home, settings, NIGHT, at_half_past_seven) == 0


def test_a_check_whose_way_is_the_digest_sends_nothing_now(tmp_path: Path, hooks: tuple[str, list[str]]) -> None:
    url, titles = hooks
    failure = GateFailure(failures=[failed_check(severity="warning")])
    assert notify_gate_failed(Home(tmp_path), Settings(alert_urls=url), failure) == 0
    assert titles == []


def test_the_digests_counts_are_those_of_quality(tmp_path: Path) -> None:
    quality = three_counties()
    for number in range(3):
        quality.gate("submissions", f"some-advice-{number}", success=False, suite="advisory")
    quality.gate("marts", "marts-empty", success=False, suite="advisory")
    quality.gate("marts", "marts-is-whole")
    path = quality.write(tmp_path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(BREAKER, [NIGHT])
        counted = connection.execute(
            "select count(*) from quality.gate_results where night = ? and suite = 'advisory' and not success", [NIGHT]
        ).fetchone()
    lines = heartbeat_lines(NIGHT, NIGHT, read_tonight(Settings(home=tmp_path), path, NIGHT))
    assert counted == (4,)
    assert "提示 advice: 4; 仅见看板 on the board alone: 1" in lines
    assert sum(line.startswith("- some-advice-") for line in lines) == 3
    assert not any("marts-empty" in line for line in lines)
    (held,) = [line for line in lines if "held by a breaker" in line]
    assert "513431 breaker-incomes-rose (10 > 2)" in held


def test_the_noise_figure_counts_what_was_sent_kept_silent_and_ended(
    tmp_path: Path, hooks: tuple[str, list[str]]
) -> None:
    from include.watch.state import alert_book

    url, titles = hooks
    home, settings = Home(tmp_path), Settings(alert_urls=url)
    for day in (1, 2, 3, 4):
        notify_gate_failed(home, settings, GateFailure(night=date(2026, 11, day), failures=[failed_check()]))
    notify_resolved(home, settings, ["gate:marts"], date(2026, 11, 5))
    with alert_book(home) as book:
        assert book.noise(date(2026, 11, 5), 14) == (2, 3, 1) and len(titles) == 2
        assert book.noise(date(2026, 11, 25), 14) == (0, 0, 0), "a fortnight later it is forgotten"


def test_a_dead_route_is_not_told_as_working_while_nothing_is_sent(
    tmp_path: Path, hooks: tuple[str, list[str]]
) -> None:
    """The digest of each night waits in quiet hours for the morning: that it waits says nothing of the mail server."""
    (address, titles), home = hooks, Home(tmp_path)
    settings = Settings(
        home=home.root, alert_urls=f"json://127.0.0.1:{free_port()}/ {address}", alert_quiet_hours="22:00-07:00"
    )
    for number in range(3):
        night = NIGHT + timedelta(days=number)
        at_one, at_eight = (datetime.combine(night, time(hour)) + timedelta(days=1) for hour in (1, 8))
        notify_heartbeat(home, settings, night, [f"{night} published"], at_one, published=True)
        with pytest.raises(AlertNotDelivered):
            send_due(home, settings, night + timedelta(days=1), at_eight)
    about = [title for title in titles if " route " in title]
    assert [title.split("]")[0] for title in about] == ["[未送达 NOT DELIVERED"]
    (route,) = read_open_alerts(home)
    assert [event.event for event in route.history] == ["opened", "silent", "silent"]


def test_a_route_that_is_tried_every_quarter_of_an_hour_is_seen_once_a_night(tmp_path: Path) -> None:
    home, settings = Home(tmp_path), Settings(home=tmp_path, alert_urls=f"json://127.0.0.1:{free_port()}/")
    with pytest.raises(AlertNotDelivered):
        notify_gate_failed(home, settings, GateFailure(failures=[failed_check()]))
    for _ in range(3):  # acknowledge
        with pytest.raises(AlertNotDelivered):
            notify_resolved(home, settings, ["step:acknowledge.fetch"], NIGHT)
    assert [len(alert.history) for alert in read_open_alerts(home)] == [1, 1]
    assert read_alerts(home).silent == {}
