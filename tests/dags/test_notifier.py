"""One alert per failed run, for its first cause; one message when it is over. The webhook is a real one on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from expectations.gate import FailedCheck, GateFailed
from include import night as steps
from include.clocks import known_at
from include.home import Home
from include.intake.ahead import NightAhead
from include.intake.decided import DecisionRefused
from include.orchestration import FAILURE, GateNotifier, ResolvedNotifier, _failure, tell_late
from include.settings import Settings
from include.warehouse.dbt import DbtFailed
from include.warehouse.versions import Version, point
from include.watch.alerts import AlertNotDelivered
from include.watch.freshness import MartsNotFresh
from include.watch.state import read_open_alerts

NIGHT = date(2026, 11, 20)
FAILED_CHECK = FailedCheck(
    NIGHT, "marts", "blocking", "marts-agree-with-warehouse", "each mart has the warehouse's households", False,
    "11", "12", 1, "critical", False, "513431", "clear from build_marts", NIGHT,
)  # fmt: skip


@pytest.fixture
def webhook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """Messages that reached the alert route of a home in a scratch folder."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("TARGETED_HOME", str(tmp_path))
    monkeypatch.setenv("TARGETED_ALERT_URLS", f"json://127.0.0.1:{server.server_port}/")
    yield received
    server.shutdown()
    server.server_close()


@dataclass
class FakeTask:
    """The running task as a DAG callback sees it: states and XComs of the run."""

    states: dict[str, str]
    xcoms: dict[tuple[str, int], Any] = field(default_factory=dict)

    def get_task_states(self, dag_id: str, run_ids: list[str]) -> dict[str, dict[str, str]]:
        return dict.fromkeys(run_ids, self.states)

    def xcom_pull(self, task_ids: str, key: str, map_indexes: list[int]) -> list[Any]:
        assert key == FAILURE
        return [self.xcoms.get((task_ids, index)) for index in map_indexes]


def context(dagbag: Any, dag_id: str, task: FakeTask, night: date = NIGHT, attempt: str = "") -> dict[str, Any]:
    run = SimpleNamespace(end_date=None, partition_key=f"{night:%Y-%m-%d}", conf={"attempt": attempt})
    return {"dag": dagbag.dags[dag_id], "run_id": "one", "dag_run": run, "ti": task}


def failed_gate(dagbag: Any) -> dict[str, Any]:
    """build_marts of which the marts gate failed, and the quality layer after it as well."""
    states = {"build_seeds": "success", "gate_marts": "failed", "build_quality": "failed", "publish": "upstream_failed"}
    told = {("gate_marts", -1): _failure(GateFailed("marts", NIGHT, [FAILED_CHECK]))}
    return context(dagbag, "build_marts", FakeTask(states, told))


def test_a_failed_gate_is_told_once_with_its_checks(dagbag: Any, webhook: list[dict[str, Any]]) -> None:
    for _ in range(2):  # the same run cleared, and failed again
        GateNotifier().notify(failed_gate(dagbag))
    assert [message["title"].split(" ·")[0] for message in webhook] == [
        "[未通过 FAILED] 2026-11-20 gate marts: 1 checks"
    ]
    assert "marts-agree-with-warehouse" in webhook[0]["message"]
    assert "observed 11, 应为 expected 12" in webhook[0]["message"]


def test_a_broken_step_is_told_by_its_name_and_the_class_of_its_error(
    dagbag: Any, webhook: list[dict[str, Any]]
) -> None:
    task = FakeTask(
        {"receive_0": "success", "receive_2": "failed", "check_0": "upstream_failed"},
        {("receive", 2): _failure(OSError("no space for /inbox/513431/somebody's file"))},
    )
    GateNotifier().notify(context(dagbag, "receive_submissions", task))
    (message,) = webhook
    assert "step receive_submissions.receive: OSError" in message["title"]
    assert "somebody" not in json.dumps(message), "the text of an error may hold a value and stays in the log"


def test_a_heartbeat_that_a_route_did_not_take_is_no_second_alert(dagbag: Any, webhook: list[dict[str, Any]]) -> None:
    error = AlertNotDelivered("not delivered by mailto-0123456789: 1 messages wait")
    task = FakeTask({"heartbeat": "failed"}, {("heartbeat", -1): _failure(error)})
    GateNotifier().notify(context(dagbag, "county_letters", task))
    assert webhook == []


def test_a_model_that_does_not_build_is_told_as_a_step(dagbag: Any, webhook: list[dict[str, Any]]) -> None:
    error = DbtFailed("marts", NIGHT, ["zone__zones: error: This model has an enforced contract that failed."])
    task = FakeTask({"build_marts": "failed"}, {("build_marts", -1): _failure(error)})
    GateNotifier().notify(context(dagbag, "build_marts", task))
    assert "step build_marts.build_marts: DbtFailed" in webhook[0]["title"]


def test_a_killed_task_is_told_too(dagbag: Any, webhook: list[dict[str, Any]]) -> None:
    GateNotifier().notify(context(dagbag, "build_marts", FakeTask({"build_marts": "failed"})))
    assert "step build_marts.build_marts: ended without an answer" in webhook[0]["title"]


def test_the_next_good_run_ends_the_alert_once(dagbag: Any, webhook: list[dict[str, Any]]) -> None:
    GateNotifier().notify(failed_gate(dagbag))
    webhook.clear()
    good = context(dagbag, "build_marts", FakeTask({}), night=date(2026, 11, 21))
    for _ in range(2):
        ResolvedNotifier().notify(good)
    assert [message["title"].split(" ·")[0] for message in webhook] == ["[已恢复 RESOLVED] 2026-11-21 gate marts"]
    webhook.clear()
    ResolvedNotifier().notify(context(dagbag, "county_letters", FakeTask({})))
    assert webhook == []


def test_marts_that_are_not_fresh_are_told_as_that(dagbag: Any, webhook: list[dict[str, Any]], tmp_path: Path) -> None:
    told = _failure(MartsNotFresh(NIGHT, None))
    task = FakeTask({"marts_are_of_last_night": "failed"}, {("marts_are_of_last_night", -1): told})
    GateNotifier().notify(context(dagbag, "freshness", task))
    (message,) = webhook
    assert "freshness marts" in message["title"] and "2026-11-20" in message["title"]
    ResolvedNotifier().notify(context(dagbag, "build_marts", FakeTask({})))
    assert len(webhook) == 1, "the run published nothing"
    home = Home(tmp_path)
    served = Version(NIGHT, 1, "marts")
    home.published.mkdir()
    (home.published / served.file_name).touch()
    point(home, served)
    ResolvedNotifier().notify(context(dagbag, "build_marts", FakeTask({})))
    assert "RESOLVED" in webhook[-1]["title"] and "freshness marts" in webhook[-1]["title"]


def test_a_night_that_has_not_come_is_told_to_nobody(
    dagbag: Any, webhook: list[dict[str, Any]], tmp_path: Path
) -> None:
    """Filed under its night, the alert would stand until then."""
    ahead = NIGHT.replace(year=2027)
    told = _failure(NightAhead(ahead, known_at(NIGHT)))
    GateNotifier().notify(
        context(dagbag, "receive_submissions", FakeTask({"receive": "failed"}, {("receive", -1): told}), night=ahead)
    )
    assert webhook == [] == read_open_alerts(Home(tmp_path))


def test_a_passed_deadline_is_told_once(webhook: list[dict[str, Any]]) -> None:
    """As Airflow calls it: the run as its REST API gives it."""
    run = {"dag_id": "build_marts", "partition_key": f"{NIGHT}", "dag_run_id": "asset_triggered__x"}
    for _ in range(2):
        tell_late(hours=5.0, context={"dag_run": run, "deadline": {"id": "x"}})
    (message,) = webhook
    assert "late build_marts: 5 h" in message["title"]


def failed_step(dagbag: Any, dag_id: str, task_id: str, error: Exception, attempt: str = "") -> dict[str, Any]:
    """A run of which one task failed with an error."""
    told = {(task_id, -1): _failure(error)}
    return context(dagbag, dag_id, FakeTask({task_id: "failed"}, told), attempt=attempt)


def test_the_same_task_of_another_dag_ends_nothing(dagbag: Any, webhook: list[dict[str, Any]], tmp_path: Path) -> None:
    """At 22:41 the night could not fetch; at 23:00 the server answers acknowledge, and the night is still lost."""
    GateNotifier().notify(failed_step(dagbag, "receive_submissions", "fetch", OSError("away")))
    assert "step receive_submissions.fetch: OSError" in webhook[0]["title"]
    assert "docs/runbooks/remote-inbox.md" in webhook[0]["message"]
    ResolvedNotifier().notify(context(dagbag, "acknowledge", FakeTask({})))
    assert len(webhook) == 1 and read_open_alerts(Home(tmp_path))
    ResolvedNotifier().notify(context(dagbag, "receive_submissions", FakeTask({})))
    assert "RESOLVED] 2026-11-20 step receive_submissions.fetch" in webhook[1]["title"]


def test_a_countys_release_ends_no_other_countys_alert(
    dagbag: Any, webhook: list[dict[str, Any]], tmp_path: Path
) -> None:
    first, other = "513431-00007", "513437-00002"
    GateNotifier().notify(failed_step(dagbag, "release_county", "record", DecisionRefused("no reason"), first))
    GateNotifier().notify(failed_step(dagbag, "release_county", "record", DecisionRefused("no reason"), other))
    assert [one["title"].split(" ·")[0] for one in webhook] == [
        f"[未通过 FAILED] 2026-11-20 step release_county.record {county}-…: DecisionRefused"
        for county in ("513431", "513437")
    ], "an attempt looks like a household's key: the county stays"
    assert "docs/runbooks/release-county.md" in webhook[0]["message"]
    ResolvedNotifier().notify(context(dagbag, "release_county", FakeTask({}), attempt="513422-00001"))
    assert len(webhook) == 2
    ResolvedNotifier().notify(context(dagbag, "release_county", FakeTask({}), attempt=first))
    assert "RESOLVED" in webhook[2]["title"] and "513431-…" in webhook[2]["title"]
    ResolvedNotifier().notify(context(dagbag, "county_letters", FakeTask({})))
    assert "513437-…" in webhook[3]["title"], "nobody is asked about that attempt any more"
    assert read_open_alerts(Home(tmp_path)) == []


def test_each_task_of_a_night_is_one_of_the_dag_that_its_alert_names(dagbag: Any, tmp_path: Path) -> None:
    """The command line runs the same tasks: what a DAG told, a night by hand ends, and the other way round."""
    settings = Settings(home=tmp_path, inbox_url="file:///elsewhere")
    named = {task for task, _ in steps.tasks(Home(tmp_path), settings, NIGHT)}
    assert {task for tasks in steps.TASKS.values() for task in tasks} == named
    for dag_id, tasks in steps.TASKS.items():
        assert set(tasks) <= set(dagbag.dags[dag_id].task_ids)


def test_a_night_by_hand_ends_what_the_dags_told(dagbag: Any, webhook: list[dict[str, Any]], tmp_path: Path) -> None:
    GateNotifier().notify(failed_step(dagbag, "receive_submissions", "receive", OSError()))
    GateNotifier().notify(failed_step(dagbag, "acknowledge", "receipts", OSError()))
    steps.resolve(Home(tmp_path), Settings(), NIGHT)
    assert [alert.subject for alert in read_open_alerts(Home(tmp_path))] == ["step:acknowledge.receipts"]
