"""Alerts against a real SMTP server and a real webhook on loopback: told once, silent, told when it is over."""

from __future__ import annotations

import errno
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from expectations.results import FailedCheck, GateFailed
from include.home import Home
from include.settings import Settings
from include.watch import state
from include.watch.alerts import (
    AlertNotDelivered,
    notify_gate_failed,
    notify_heartbeat,
    notify_resolved,
    notify_step_failed,
)
from tests.alerts import NIGHT, GateFailure, Loopback, failed_check, free_port

NEXT_NIGHT = date(2026, 11, 22)


def test_a_gate_failure_reaches_mail_and_webhook_once_with_the_right_words(tmp_path: Path, loopback: Loopback) -> None:
    failure = GateFailure(failures=[failed_check(), failed_check(check_id="keys-unique", exception=True)])
    assert notify_gate_failed(Home(tmp_path), loopback.settings, failure) == 2

    ((subject, body),) = loopback.mailbox.mails
    (hook,) = loopback.hooks
    for title in (subject, hook["title"]):
        assert "2026-11-21" in title and "marts" in title and "2 checks" in title and "SYNTHETIC" in title
    for text in (body, hook["message"]):
        for words in (
            "mart-households-equal-warehouse",
            "19998",
            "20000",
            "household-missing-village 513431, 533123",
            "could not be evaluated: 1",
            "blocked: ",
            "publishing",
            "docs/runbooks/gate-marts.md",
            "http://127.0.0.1:8080",
            "模拟数据",
        ):
            assert words in text
    assert hook["type"] == "failure"


def test_a_real_gate_failure_is_told_with_where_and_since_when(tmp_path: Path, loopback: Loopback) -> None:
    check = FailedCheck(
        NIGHT, "warehouse", "blocking", "warehouse-rows-conserved", "Rows are conserved", False, "2 of 12 rows differ",
        "lake = warehouse", 2, "critical", False, "county 530724; county 632722", "build it again", date(2026, 11, 19),
    )  # fmt: skip
    notify_gate_failed(Home(tmp_path), loopback.settings, GateFailed("warehouse", NIGHT, [check]))
    body = loopback.hooks[0]["message"]
    for words in ("county 530724; county 632722", "since 2026-11-19", "2 of 12 rows differ", "build it again"):
        assert words in body


def test_the_same_failure_again_is_silent_and_the_end_is_told_once(tmp_path: Path, loopback: Loopback) -> None:
    home = Home(tmp_path)
    failure = GateFailure(failures=[failed_check()])
    assert notify_gate_failed(home, loopback.settings, failure) == 2
    assert notify_gate_failed(home, loopback.settings, failure) == 0
    assert len(loopback.mailbox.mails) == len(loopback.hooks) == 1

    assert notify_resolved(home, loopback.settings, ["gate:warehouse"], NEXT_NIGHT) == 0  # another gate ends nothing
    assert notify_resolved(home, loopback.settings, ["gate:marts"], date(2026, 11, 20)) == 0  # an older night neither
    assert notify_resolved(home, loopback.settings, ["gate:marts"], NEXT_NIGHT) == 2
    assert notify_resolved(home, loopback.settings, ["gate:marts"], NEXT_NIGHT) == 0
    subject, body = loopback.mailbox.mails[-1]
    assert "RESOLVED" in subject and "gate marts" in subject
    assert "stood for night(s): 2026-11-21" in body
    assert [hook["type"] for hook in loopback.hooks] == ["failure", "success"]

    assert notify_gate_failed(home, loopback.settings, failure) == 2  # it is back: that is news


def test_a_trouble_of_two_nights_is_told_once_for_each_stage(tmp_path: Path, loopback: Loopback) -> None:
    home = Home(tmp_path)
    for night in (NIGHT, NEXT_NIGHT):
        for stage in ("marts", "warehouse"):
            notify_gate_failed(home, loopback.settings, GateFailure(stage, night, [failed_check()]))
    assert len(loopback.hooks) == 2
    notify_resolved(home, loopback.settings, ["gate:marts"], NEXT_NIGHT)
    assert len(loopback.hooks) == 3
    assert "stood for night(s): 2026-11-21, 2026-11-22" in loopback.hooks[-1]["message"]


def test_an_older_night_that_succeeds_does_not_end_what_a_newer_one_found(tmp_path: Path, loopback: Loopback) -> None:
    home = Home(tmp_path)
    notify_gate_failed(home, loopback.settings, GateFailure(night=NEXT_NIGHT, failures=[failed_check()]))
    notify_gate_failed(home, loopback.settings, GateFailure(night=NIGHT, failures=[failed_check()]))
    assert notify_resolved(home, loopback.settings, ["gate:marts"], NIGHT) == 0
    assert notify_resolved(home, loopback.settings, ["gate:marts"], NEXT_NIGHT) == 2
    assert [hook["type"] for hook in loopback.hooks] == ["failure", "success"]


def test_what_a_refusing_mail_server_did_not_take_waits_in_order(tmp_path: Path, loopback: Loopback) -> None:
    home, mailbox, hooks = Home(tmp_path), loopback.mailbox, loopback.hooks
    failure = GateFailure(failures=[failed_check()])
    mailbox.down = True
    with pytest.raises(AlertNotDelivered, match=r"not delivered by mailto-\w+: 1 messages wait"):
        notify_gate_failed(home, loopback.settings, failure)
    assert [hook["title"][:12] for hook in hooks] == ["[未通过 FAILED]"[:12], "[未送达 NOT DELIVERED]"[:12]]
    assert "mailto-" in hooks[1]["message"] and "127.0.0.1:8080" in hooks[1]["message"]
    with pytest.raises(AlertNotDelivered, match="2 messages wait"):
        notify_resolved(home, loopback.settings, ["gate:marts"], NIGHT)
    assert len(hooks) == 3 and not mailbox.mails

    mailbox.down = False
    notify_resolved(home, loopback.settings, ["gate:marts"], NEXT_NIGHT)
    assert [subject.split("]")[0] for subject, _ in mailbox.mails] == ["[未通过 FAILED", "[已恢复 RESOLVED"]
    assert "works again" in hooks[-1]["message"] and len(hooks) == 4


def test_a_dead_step_names_the_class_of_the_error_and_the_runbook(tmp_path: Path, loopback: Loopback) -> None:
    notify_step_failed(Home(tmp_path), loopback.settings, "build_marts.build_seeds", NIGHT, "DbtFailed")
    (hook,) = loopback.hooks
    assert "step build_marts.build_seeds" in hook["title"] and "DbtFailed" in hook["title"]
    assert "docs/runbooks/step-failed.md" in hook["message"]


def test_no_household_key_and_no_number_leaves_in_a_message(tmp_path: Path, loopback: Loopback) -> None:
    check = failed_check(
        examples="household-missing-village 513431-H0001234 110105194912310023",
        description="seen 11010519491231002X here",
    )
    notify_gate_failed(Home(tmp_path), loopback.settings, GateFailure(failures=[check]))
    told = loopback.hooks[0]["message"] + loopback.mailbox.mails[0][1]
    assert "household-missing-village" in told
    for secret in ("H0001234", "110105194912310023", "11010519491231002X"):
        assert secret not in told


def test_of_a_key_or_an_attempt_the_county_stays(tmp_path: Path, loopback: Loopback) -> None:
    check = failed_check(examples="513431-00003 households; 533123-H0001234 persons")
    notify_gate_failed(Home(tmp_path), loopback.settings, GateFailure(failures=[check]))
    assert "513431-… households; 533123-… persons" in loopback.hooks[0]["message"]


def test_one_cause_of_all_failures_is_told_once(tmp_path: Path, loopback: Loopback) -> None:
    cause = "InvalidInputException: lake/accepted/persons/night=2026-11-21/0-of-1.parquet cannot be read"
    checks = [failed_check(check_id=f"check-{n}", exception=True, observed=cause) for n in range(16)]
    notify_gate_failed(Home(tmp_path), loopback.settings, GateFailure(failures=checks))
    body = loopback.hooks[0]["message"]
    assert body.count("cannot be read") == 1 and "one cause of all: InvalidInputException: lake/accepted" in body
    assert "checks failed: 16" in body and "check-3" not in body


def test_the_state_file_holds_no_url_and_no_password(tmp_path: Path) -> None:
    url = f"json://clerk:s3cret@127.0.0.1:{free_port()}/alerts"  # nobody listens there: the message waits
    with pytest.raises(AlertNotDelivered):
        notify_gate_failed(Home(tmp_path), Settings(alert_urls=url), GateFailure(failures=[failed_check()]))
    state = (tmp_path / "watch" / "alerts.json").read_text()
    assert "s3cret" not in state and "/alerts" not in state
    assert "route:json-" in state and "mart-households-equal-warehouse" in state


def test_without_routes_nothing_is_sent_and_a_route_set_later_is_told(tmp_path: Path, loopback: Loopback) -> None:
    home = Home(tmp_path)
    failure = GateFailure(failures=[failed_check()])
    assert notify_gate_failed(home, Settings(alert_urls=""), failure) == 0
    assert notify_gate_failed(home, loopback.settings, failure) == 2


def test_an_alerts_life_over_fourteen_nights(tmp_path: Path, loopback: Loopback) -> None:
    """Opens once, worsens once, resolves once; a mail server that is down for two nights loses nothing."""
    home, settings, mailbox, hooks = Home(tmp_path), loopback.settings, loopback.mailbox, loopback.hooks
    nights = [date(2026, 11, day) for day in range(1, 15)]
    one, two = failed_check(), failed_check(check_id="keys-unique")
    wrong = {3: [one], 4: [one], 5: [one, two], 6: [one, two], 7: [one], 11: [one]}
    down = {5, 6}
    for number, night in enumerate(nights, start=1):
        mailbox.down = number in down
        with suppress(AlertNotDelivered):
            if number in wrong:
                notify_gate_failed(home, settings, GateFailure(night=night, failures=wrong[number]))
            else:
                notify_resolved(home, settings, ["gate:marts"], night)
        with suppress(AlertNotDelivered):
            notify_heartbeat(home, settings, night, [f"{night:%Y-%m-%d} published"], published=True)

    def told(titles: list[str], about: str) -> list[str]:
        return [title.split("]")[0].removeprefix("[").split()[-1] for title in titles if about in title]

    mails, posted = [subject for subject, _ in mailbox.mails], [hook["title"] for hook in hooks]
    assert told(mails, "gate marts") == ["FAILED", "WORSE", "RESOLVED", "FAILED", "RESOLVED"]
    assert told(posted, "gate marts") == told(mails, "gate marts")
    assert told(posted, "route mailto") == ["DELIVERED", "RESOLVED"]
    beats = ["STANDING" if number in (3, 4, 5, 6, 7, 11) else "OK" for number in range(1, 15)]
    assert told(mails, "published") == told(posted, "published") == beats
    worse = next(body for subject, body in mailbox.mails if "WORSE" in subject)
    assert "keys-unique" in worse
    standing = [hook["message"] for hook in hooks if "STANDING" in hook["title"]]
    assert all("gate marts, 自 since 2026-11-03" in text for text in standing[:5])
    assert "gate marts, 自 since 2026-11-11" in standing[5]


def test_a_heartbeat_comes_once_and_again_only_when_it_says_something_else(tmp_path: Path, loopback: Loopback) -> None:
    home = Home(tmp_path)
    assert notify_heartbeat(home, loopback.settings, NIGHT, ["2026-11-21 NOT published"], published=False) == 2
    assert notify_heartbeat(home, loopback.settings, NIGHT, ["2026-11-21 NOT published"], published=False) == 0
    assert notify_heartbeat(home, loopback.settings, NIGHT, ["2026-11-21 published"], published=True) == 2
    assert notify_heartbeat(home, Settings(alert_urls=""), NEXT_NIGHT, ["2026-11-22 published"], published=True) == 0
    assert len(loopback.hooks) == 2


def test_a_full_disk_does_not_keep_an_alert_from_being_told(
    tmp_path: Path, loopback: Loopback, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    home = Home(tmp_path)
    notify_step_failed(home, loopback.settings, "receive_submissions.check", NIGHT, "ValueError")
    kept = home.alerts.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(state, "write_aside", full)
    notify_step_failed(home, loopback.settings, "receive_submissions.receive", NIGHT, "OSError", "the disk filled up")
    assert "step receive_submissions.receive" in loopback.hooks[-1]["title"]
    assert "docs/runbooks/disk-full.md" in loopback.hooks[-1]["message"]
    assert "the disk is full" in caplog.text
    assert home.alerts.read_bytes() == kept
