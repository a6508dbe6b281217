"""What quality.alerts tells of an alert: from its opening to its end, as the nights before told it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include import night as steps
from include.home import Home
from include.settings import Settings
from include.warehouse.quality_file import publish_quality
from include.watch.alert_history import write_alerts
from include.watch.alerts import notify_gate_failed, notify_resolved, notify_step_failed
from include.watch.state import alert_book
from tests.alerts import GateFailure, failed_check

FIRST = date(2026, 11, 18)


def night(number: int) -> date:
    """The night so many nights after the first."""
    return FIRST + timedelta(days=number)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Of the marts gate, opened on the first night, seen silently, worse on the third, ended by the fourth; of the
    letters, a step that died on the second night and was run again."""
    home, settings = Home(tmp_path), Settings(home=tmp_path)
    marts = [failed_check(check_id="keys-unique", severity="critical")]
    notify_gate_failed(home, settings, GateFailure(night=night(0), failures=marts))
    notify_gate_failed(home, settings, GateFailure(night=night(1), failures=marts))
    notify_step_failed(home, settings, "county_letters.letters", night(1), "OSError")
    notify_resolved(home, settings, ["step:county_letters.letters"], night(1))
    more = [*marts, failed_check(check_id="rows-conserved", severity="critical")]
    notify_gate_failed(home, settings, GateFailure(night=night(2), failures=more))
    notify_resolved(home, settings, ["gate:marts"], night(3))
    return home


def published(home: Home, of: date, columns: str) -> list[tuple[Any, ...]]:
    """Rows of quality.alerts as a night publishes them, without a warehouse."""
    settings = Settings(home=home.root)
    write_alerts(home, settings, of)
    publish_quality(home, settings, of)
    with duckdb.connect(str(home.published / "quality.duckdb"), read_only=True) as connection:
        return connection.execute(f"select {columns} from quality.alerts order by kind").fetchall()


def test_an_alert_is_told_as_it_stood_before_each_night(home: Home) -> None:
    columns = "kind, subject, state, signs, worst, seen, sent, silent, last_told_night"
    assert published(home, night(1), columns) == [("gate", "marts", "open", "keys-unique", 1, 1, 1, 0, night(0))]
    assert published(home, night(2), columns)[0] == ("gate", "marts", "open", "keys-unique", 1, 2, 1, 1, night(0))
    assert published(home, night(3), columns)[0] == (
        *("gate", "marts", "open", "keys-unique, rows-conserved", 2, 3, 2, 1, night(2)),
    )


def test_who_mended_and_ran_a_night_again_has_acted(home: Home) -> None:
    columns = "subject, severity, opened_night, last_seen_night, resolved_night, acted_on, night"
    assert published(home, night(4), columns) == [
        ("marts", "critical", night(0), night(2), night(3), False, night(4)),
        ("county_letters.letters", "critical", night(1), night(1), night(1), True, night(4)),
    ]


def test_an_end_that_nobody_was_told_of_is_no_message(home: Home) -> None:
    """Without a route nobody heard that it began."""
    assert published(home, night(4), "sent, silent, seen, end_told") == [(2, 1, 3, False), (1, 0, 1, False)]


def test_an_end_that_was_told_is_a_message(home: Home) -> None:
    with alert_book(home) as book:
        book.see("late:build_marts", night(4), ["late"])
        book.tell("late:build_marts", "opened")
        book.end("late:build_marts", night(5))
        book.tell("late:build_marts", "resolved")
    assert published(home, night(6), "kind, sent, seen, end_told, last_told_night")[1] == (
        *("late", 2, 1, True, night(5)),
    )


def test_a_night_that_is_run_again_gives_the_same_rows(home: Home) -> None:
    settings = Settings(home=home.root)
    write_alerts(home, settings, night(3))
    file = home.lake_file("alert_history", night(3), "all")
    before = file.read_bytes()
    notify_step_failed(home, settings, "build_marts.publish", night(3), "OSError")
    notify_step_failed(home, settings, "build_marts.publish", night(4), "OSError")
    assert write_alerts(home, settings, night(3)) == 2
    assert file.read_bytes() == before


def test_the_same_trouble_twice_on_a_night_is_two_alerts(home: Home) -> None:
    settings = Settings(home=home.root)
    notify_step_failed(home, settings, "county_letters.letters", night(1), "OSError")
    assert [
        (number, state) for kind, number, state in published(home, night(2), "kind, number, state") if kind == "step"
    ] == [(1, "resolved"), (2, "open")]


def test_an_alert_saved_before_its_history_was_kept_is_told_by_its_nights(home: Home) -> None:
    kept = json.loads(home.alerts.read_text(encoding="utf-8"))
    for alert in kept["alerts"]:
        del alert["history"]
    home.alerts.write_text(json.dumps(kept), encoding="utf-8")
    columns = "subject, opened_night, resolved_night, seen, sent, silent, end_told"
    assert published(home, night(4), columns) == [
        ("marts", night(0), night(3), 3, 2, 2, True),
        ("county_letters.letters", night(1), night(1), 1, 2, 0, True),
    ]


def test_where_nothing_was_ever_told_the_file_is_empty(tmp_path: Path) -> None:
    """It is there all the same: the night run again, with alerts told meanwhile, leaves the same bytes."""
    home, settings = Home(tmp_path), Settings(home=tmp_path)
    assert write_alerts(home, settings, FIRST) == 0
    before = home.lake_file("alert_history", FIRST, "all").read_bytes()
    critical = [failed_check(check_id="keys-unique", severity="critical")]
    notify_gate_failed(home, settings, GateFailure(night=FIRST, failures=critical))
    assert write_alerts(home, settings, FIRST) == 0
    assert home.lake_file("alert_history", FIRST, "all").read_bytes() == before


@pytest.mark.parametrize("damaged", ['{"alerts": [', '{"alerts": [{"subject": "gate:marts"}]}', "[]"])
def test_a_damaged_memory_of_alerts_keeps_nobody_from_the_quality(home: Home, damaged: str) -> None:
    settings = Settings(home=home.root)
    before = published(home, night(2), "subject, state")
    home.alerts.write_text(damaged, encoding="utf-8")
    result = steps.publish_quality(home, settings, night(3))
    assert "quality.alerts is older" in " ".join(result.notes)
    with duckdb.connect(str(home.published / "quality.duckdb"), read_only=True) as connection:
        assert connection.execute("select subject, state from quality.alerts order by kind").fetchall() == before
