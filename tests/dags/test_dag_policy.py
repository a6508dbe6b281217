"""What every DAG must be: known, owned, documented, with the right retries, pool and callbacks, and light to parse."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from airflow.sdk.definitions.deadline import DeadlineReference

from include import night as steps
from include.clocks import known_at
from tests.dags.conftest import REPO

EXPECTED = {
    "receive_submissions", "build_marts", "county_letters", "release_county", "housekeeping", "morning", "acknowledge",
    "freshness",
}  # fmt: skip
ASKS_A_PERSON = {"release_county"}
"""DAGs whose runs wait for a person: many stand side by side, so that no answer waits for another."""
FILES = sorted((REPO / "dags").glob("*.py"))
OPENS_THE_WAREHOUSE = {
    "build_marts": {
        "build_seeds", "build_staging_intermediate", "gate_warehouse", "build_marts", "gate_marts", "build_quality",
        "publish", "publish_quality",
    },
    "receive_submissions": {"build_quality_of_stopped_night", "publish_quality_of_stopped_night"},
    "county_letters": set(),
    "release_county": set(),
    "housekeeping": set(),
    "morning": set(),
    "acknowledge": set(),
    "freshness": set(),
}  # fmt: skip


def test_the_bag_is_exactly_the_expected_dags(dagbag: Any) -> None:
    assert dagbag.import_errors == {}
    assert set(dagbag.dags) == EXPECTED
    assert {path.stem for path in FILES} == EXPECTED, "one file per DAG, named as the DAG"


@pytest.mark.parametrize("dag_id", sorted(EXPECTED))
class TestEachDag:
    def test_is_owned_tagged_and_described(self, dagbag: Any, dag_id: str) -> None:
        dag = dagbag.dags[dag_id]
        assert {task.owner for task in dag.tasks} == {"data-engineering"}
        assert dag.tags
        assert (dag.max_active_runs == 1) == (dag_id not in ASKS_A_PERSON), "nights follow each other"
        assert not dag.catchup

    def test_says_what_a_person_needs(self, dagbag: Any, dag_id: str) -> None:
        sections = re.findall(r"^\*\*(.+?)\.\*\*", dagbag.dags[dag_id].doc_md, flags=re.MULTILINE)
        assert sections == ["Purpose", "Inputs", "Outputs", "Rerun", "When it fails"]

    def test_has_the_one_notifier_on_the_run_and_none_on_tasks(self, dagbag: Any, dag_id: str) -> None:
        dag = dagbag.dags[dag_id]
        assert type(dag.on_failure_callback).__name__ == "GateNotifier"
        assert type(dag.on_success_callback).__name__ == "ResolvedNotifier"
        assert not any(task.has_on_failure_callback for task in dag.tasks)

    def test_tries_a_killed_task_again(self, dagbag: Any, dag_id: str) -> None:
        for task in dagbag.dags[dag_id].tasks:
            assert task.retries == 2, task.task_id
            assert task.retry_exponential_backoff, task.task_id

    def test_puts_every_task_that_opens_the_warehouse_in_the_pool_and_no_other(self, dagbag: Any, dag_id: str) -> None:
        pooled = {task.task_id for task in dagbag.dags[dag_id].tasks if task.pool == "warehouse_writer"}
        assert pooled == OPENS_THE_WAREHOUSE[dag_id]

    def test_describes_its_params(self, dagbag: Any, dag_id: str) -> None:
        for name, param in dagbag.dags[dag_id].params.items():
            assert dagbag.dags[dag_id].params.get_param(name).description, f"{name}: {param}"


def test_a_night_that_hangs_is_told_before_seven(dagbag: Any) -> None:
    """The two deadlines fill the hours from the cut-off to the morning, and what they call can be called."""
    total = timedelta()
    for dag_id in ("receive_submissions", "build_marts"):
        (alert,) = dagbag.dags[dag_id].deadline
        assert alert.reference == DeadlineReference.DAGRUN_QUEUED_AT
        assert alert.callback.path == "include.orchestration.tell_late"
        assert alert.callback.kwargs == {"hours": alert.interval / timedelta(hours=1)}
        total += alert.interval
    assert known_at(date(2026, 11, 20)) + total == datetime(2026, 11, 21, 7)  # noqa: DTZ001 Shanghai, as known_at


def test_a_server_that_never_answers_holds_up_no_night(dagbag: Any) -> None:
    """By day a look ends before the next one is due; in the night all its tries leave half the time for the rest."""
    limits = {
        (dag_id, task.task_id): task.execution_timeout
        for dag_id, dag in dagbag.dags.items()
        for task in dag.tasks
        if task.task_id in ("fetch", "hand_out")
    }
    by_day = {name: limits.pop(name) for name in (("acknowledge", "fetch"), ("acknowledge", "hand_out"))}
    assert set(limits) == {("receive_submissions", "fetch"), ("county_letters", "hand_out")}
    assert all(limit < timedelta(minutes=15) for limit in by_day.values())
    (night,) = dagbag.dags["receive_submissions"].deadline
    assert all(3 * limit <= night.interval / 2 for limit in limits.values())
    assert all(limit > max(by_day.values()) for limit in limits.values()), "the night has more to carry"


def test_a_file_that_hangs_its_reader_holds_up_no_other_office(dagbag: Any) -> None:
    """Who opens what offices sent is cut off: receipts hold the inbox meanwhile, and the night tries a batch thrice."""
    (night,) = dagbag.dags["receive_submissions"].deadline
    receipts = dagbag.dags["acknowledge"].get_task("receipts").execution_timeout
    batch = dagbag.dags["receive_submissions"].get_task("receive")
    assert timedelta(minutes=15) <= receipts <= night.interval / 4
    assert receipts < batch.execution_timeout
    assert (1 + batch.retries) * batch.execution_timeout <= night.interval


def test_what_goes_to_people_waits_for_no_failure_and_hides_none(dagbag: Any) -> None:
    """Letters that were written are handed out also when a batch failed, and the run fails with any of them."""
    dag = dagbag.dags["county_letters"]
    hand_out, close = dag.get_task("hand_out"), dag.get_task("close_letters")
    assert (hand_out.upstream_task_ids, hand_out.trigger_rule.value) == ({"letters"}, "all_done")
    assert close.upstream_task_ids == {"letters", "hand_out", "board", "lineage", "heartbeat"}
    assert close.trigger_rule.value == "all_success"


def test_the_pool_has_one_slot() -> None:
    pools = json.loads((REPO / "dags" / "pools.json").read_text(encoding="utf-8"))
    assert {name: pool["slots"] for name, pool in pools.items()} == {"warehouse_writer": 1}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_dag_file_is_wiring(path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 100
    called = re.findall(r'run_step\("(\w+)"', text)
    assert called, "a DAG that calls no step of the night is empty"
    for name in called:
        assert list(inspect.signature(getattr(steps, name)).parameters)[:2] == ["home", "settings"]


def test_parsing_imports_nothing_heavy() -> None:
    """A DAG file is parsed every few seconds: the engines are imported inside the tasks."""
    program = (
        "import sys, runpy\n"
        f"[runpy.run_path(str(p)) for p in __import__('pathlib').Path({str(REPO / 'dags')!r}).glob('*.py')]\n"
        "heavy = {'duckdb', 'pandas', 'great_expectations', 'pydantic_settings', 'dbt', 'apprise', 'include.night'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPO, capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_nights_are_handed_on_by_assets(dagbag: Any) -> None:
    def outlets(dag_id: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for task in dagbag.dags[dag_id].tasks:
            for asset in task.outlets:
                found.setdefault(asset.name, set()).add(task.task_id)
        return found

    def waits_for(dag_id: str) -> str:
        return str(dagbag.dags[dag_id].timetable.asset_condition.name)

    assert outlets("receive_submissions") == {
        "submissions": {"hand_over"},
        "quality_published": {"publish_quality_of_stopped_night"},
    }
    assert outlets("build_marts") == {"marts_published": {"publish"}, "quality_published": {"publish_quality"}}
    assert waits_for("build_marts") == "submissions"
    assert waits_for("county_letters") == "quality_published"


@pytest.mark.parametrize("dag_id", ["receive_submissions", "housekeeping", "morning", "acknowledge", "freshness"])
def test_the_clock_names_the_night_in_shanghai(dagbag: Any, dag_id: str) -> None:
    from datetime import UTC, datetime

    import pendulum
    from airflow.serialization.encoders import coerce_to_core_timetable

    timetable = coerce_to_core_timetable(dagbag.dags[dag_id].timetable)
    assert timetable._format_key(pendulum.instance(datetime(2026, 11, 20, 14, 0, tzinfo=UTC))) == "2026-11-20"
    assert timetable._format_key(pendulum.instance(datetime(2026, 11, 20, 16, 0, tzinfo=UTC))) == "2026-11-21"


def test_a_first_night_holds_back_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    from include.orchestration import first_night

    monkeypatch.delenv("TARGETED_FIRST_NIGHT", raising=False)
    assert first_night() is None
    monkeypatch.setenv("TARGETED_FIRST_NIGHT", "2026-12-01")
    assert str(first_night()) == "2026-12-01 00:00:00+08:00"


@pytest.mark.parametrize("key", [None, "", "2026-11-31", "20261120", "tonight"])
def test_a_run_without_a_night_is_refused_with_what_to_do(key: str | None) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    from include.orchestration import night_of

    with pytest.raises(AirflowFailException, match="trigger it again with a partition key such as 2026-11-20"):
        night_of(key)
