"""Each DAG run whole by dag.test(), with the real steps on a tiny country, and what a failed gate stops."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include import night as steps
from include import orchestration
from include.clocks import known_at, local_time
from include.country.make import make_country
from include.home import Home
from include.intake.deliver import deliver
from include.result import Result
from include.settings import Settings
from include.warehouse.content_hash import content_hash
from include.warehouse.dbt import DbtFailed
from tests.dags.remote_servers import SftpServer, changed, in_inboxes, package_files, serving
from tests.dags.remote_servers import deliver as office_delivers
from tests.dbt.in_process import in_process
from tests.personal_values import NUMBER, PERSON_KEY, person_keys, scan, sent_values
from tests.unit.intake_world import World as Office
from tests.unit.intake_world import csv_bytes

NIGHTS = (date(2026, 11, 20), date(2026, 11, 21))
BATCHES = 2
COMPARED_WITH_PUBLISHED = {"published.parquet", "disclosure.parquet"}
"""Gate results that say with how many published rows they compared: the first night has none before it."""


@dataclass
class Ran:
    """A run that has ended: its state, and how many instances of each task ended in which state."""

    state: str
    tasks: dict[str, Counter[str]]


@dataclass
class World:
    """A tiny country, a home in which its first night was run by the DAGs, and the runs."""

    country: Path
    home: Home
    settings: Settings
    run: Callable[[str, date], Ran]
    first_night: dict[str, Ran]


@pytest.fixture(scope="module")
def world(dagbag: Any, airflow_database: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root = tmp_path_factory.mktemp("dags")
    make_country(root / "country", counties=4, households=200, nights=2, seed=5, faults="standard")
    home = Home(root / "home")
    with pytest.MonkeyPatch.context() as patch, in_process():
        patch.setenv("TARGETED_HOME", str(home.root))
        patch.setenv("TARGETED_BATCHES", str(BATCHES))

        def run(dag_id: str, night: date) -> Ran:
            return run_for_night(dagbag, dag_id, night)

        deliver(root / "country", home, NIGHTS[0])
        first = {dag_id: run(dag_id, NIGHTS[0]) for dag_id in ("receive_submissions", "build_marts", "county_letters")}
        yield World(root / "country", home, Settings(), run, first)


def run_for_night(dagbag: Any, dag_id: str, night: date) -> Ran:
    """dag.test() for a partition key, which it cannot be given: the run gets it right after it is made."""
    from airflow.models import dagrun
    from sqlalchemy import inspect

    make = dagrun.get_or_create_dagrun

    def make_for_night(**arguments: Any) -> Any:
        run = make(**arguments)
        run.partition_key = f"{night:%Y-%m-%d}"
        session = inspect(run).session
        session.add(run)
        session.commit()
        return run

    dag = dagbag.dags[dag_id]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dagrun, "get_or_create_dagrun", make_for_night)
        patch.setattr(dag, "deadline", None)  # dag.test() looks a deadline up by an id that only the scheduler gives it
        run = dag.test(logical_date=None)
    tasks: dict[str, Counter[str]] = {}
    for instance in run.get_task_instances():
        tasks.setdefault(instance.task_id, Counter())[str(instance.state)] += 1
    return Ran(str(run.state), tasks)


def test_a_night_goes_through_all_three_dags(world: World) -> None:
    assert {dag_id: ran.state for dag_id, ran in world.first_night.items()} == {
        "receive_submissions": "success",
        "build_marts": "success",
        "county_letters": "success",
    }
    assert all(set(states) == {"success"} for states in world.first_night["build_marts"].tasks.values())


def test_tasks_are_mapped_over_the_batches_of_the_settings(world: World) -> None:
    received = world.first_night["receive_submissions"].tasks
    for task_id in ("receive", "check", "judge"):
        assert received[task_id] == {"success": BATCHES}
    assert world.first_night["county_letters"].tasks["letters"] == {"success": BATCHES}
    attempts = sorted(path.stem for path in world.home.lake_file("attempts", NIGHTS[0], "x").parent.glob("*.parquet"))
    assert attempts == ["0-of-2", "1-of-2"]


def test_a_good_night_takes_no_way_round(world: World) -> None:
    received = world.first_night["receive_submissions"].tasks
    assert received["build_quality_of_stopped_night"] == {"skipped": 1}
    assert received["publish_quality_of_stopped_night"] == {"skipped": 1}
    assert received["hand_over"] == {"success": 1}


def test_it_publishes_files_letters_and_the_board(world: World) -> None:
    for kind in ("marts", "marts_open", "quality"):
        assert (world.home.published / f"{kind}.duckdb").is_symlink(), kind
    submitters = {path.name for path in (world.country / "2026-11-20").iterdir()}
    assert {path.parts[-3] for path in world.home.outbox.glob("*/2026-11-20/letter.html")} == submitters
    assert (world.home.board / "index.html").is_file()


def test_the_command_line_runs_the_same_night_again_and_nothing_changes(world: World) -> None:
    """In the home of the DAGs, with packages that have come a second time, and with another number of threads."""
    before = content_hash(world.home.published / "marts.duckdb")
    files = {path: path.read_bytes() for path in world.home.lake.rglob("*.parquet")}
    deliver(world.country, world.home, NIGHTS[0])
    steps.run(world.home, world.settings.model_copy(update={"threads": 2}), NIGHTS[0], print)
    assert content_hash(world.home.published / "marts.duckdb") == before
    again = {path: path.read_bytes() for path in world.home.lake.rglob("*.parquet")}
    differ = {path.name for path in files | again if files.get(path) != again.get(path)}
    assert differ <= COMPARED_WITH_PUBLISHED


def test_housekeeping_keeps_what_readers_get(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orchestration, "local_time", lambda _: known_at(NIGHTS[0]))
    ran = world.run("housekeeping", NIGHTS[0])
    assert ran.state == "success"
    assert ran.tasks == {"retention": {"success": 1}}
    assert world.home.lake_file("removals", NIGHTS[0], "run-1").is_file(), (
        "what went is recorded, also when nothing did"
    )
    assert (world.home.published / "marts.duckdb").exists(), "what readers open is never removed"


def no_to(stage: str) -> Callable[..., Result]:
    """The gate, saying no to one stage: its real verdict on the night is not touched."""
    real = steps.gate

    def gate(home: Home, settings: Settings, asked: str, night: date) -> Result:
        from expectations.gate import GateFailed

        if asked == stage:
            raise GateFailed(stage, night, [])
        return real(home, settings, asked, night)

    return gate


def test_a_failed_gate_stops_the_marts_and_not_the_quality(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    night = NIGHTS[1]
    deliver(world.country, world.home, night)
    before = (world.home.published / "marts.duckdb").readlink()
    assert world.run("receive_submissions", night).state == "success"
    monkeypatch.setattr(steps, "gate", no_to("marts"))
    ran = world.run("build_marts", night)
    assert ran.state == "failed", "publishing the quality does not make a stopped night good"
    assert ran.tasks["gate_marts"] == {"failed": 1}
    assert ran.tasks["publish"] == {"upstream_failed": 1}
    assert ran.tasks["publish_quality"] == {"success": 1}
    assert (world.home.published / "marts.duckdb").readlink() == before
    assert (world.home.published / "quality.duckdb").readlink().name.startswith("quality-2026-11-21-")


def test_a_failed_submissions_gate_still_publishes_the_quality(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "gate", no_to("submissions"))
    ran = world.run("receive_submissions", NIGHTS[1])
    assert ran.state == "failed"
    assert ran.tasks["gate_submissions"] == {"failed": 1}
    assert ran.tasks["hand_over"] == {"upstream_failed": 1}
    assert ran.tasks["publish_quality_of_stopped_night"] == {"success": 1}
    assert (world.home.published / "quality.duckdb").readlink().name.startswith("quality-2026-11-21-")


def test_a_night_without_packages_is_whole_and_says_who_is_missing(world: World) -> None:
    """It comes after one that was stopped."""
    empty = date(2026, 11, 22)
    shutil.rmtree(world.home.board)
    for dag_id in ("receive_submissions", "build_marts", "county_letters"):
        assert world.run(dag_id, empty).state == "success", dag_id
    with duckdb.connect(str(world.home.published / "quality.duckdb"), read_only=True) as quality:
        told = quality.execute("select state, count(*) from quality.reporting where night = ? group by state", [empty])
        states = dict(told.fetchall())
    assert set(states) == {"missing"}
    assert states["missing"] >= 4
    assert (world.home.published / "marts.duckdb").readlink().name.startswith("marts-2026-11-22-")
    assert (world.home.board / "index.html").is_file()


def test_what_dbt_or_a_gate_refuses_is_not_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries = []

    def refuse(home: Home, settings: Settings, night: date, looked_at: datetime) -> Result:
        tries.append(night)
        raise DbtFailed("marts", night, ["zone__zones: error: its contract failed"])

    monkeypatch.setattr(steps, "retention", refuse)
    assert world.run("housekeeping", NIGHTS[0]).state == "failed"
    assert tries == [NIGHTS[0]]
    told = [record.getMessage() for record in caplog.records if record.name == "include.orchestration"]
    assert told == [
        "dbt marts 2026-11-20 failed:\n  zone__zones: error: its contract failed\n"
        "Board: http://127.0.0.1:8080/morning/board/index.html"
    ]


def test_a_run_without_a_night_ends_at_its_first_task(world: World, dagbag: Any) -> None:
    run = dagbag.dags["county_letters"].test(logical_date=None)
    states = {instance.task_id: str(instance.state) for instance in run.get_task_instances()}
    assert str(run.state) == "failed"
    assert (states["batches"], states["board"]) == ("failed", "failed")


_PACKAGE = {"households.csv": csv_bytes([["户编号", "主要致贫原因"], ["h1", "illness"]])}


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[SftpServer]:
    with serving("sftp", tmp_path) as server:
        server.put("513431/inbox/.keep", b"")
        yield server


@pytest.fixture
def acknowledge_run(
    sftp: SftpServer, tmp_path: Path, dagbag: Any, airflow_database: None, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], dict[str, Any]]:
    """Runs the DAG `acknowledge` for today, with the server's connection; returns the state of each task."""
    monkeypatch.setenv("TARGETED_HOME", str(tmp_path / "centre/home"))
    monkeypatch.setenv("TARGETED_BATCHES", "1")
    monkeypatch.setenv("TARGETED_INBOX_URL", sftp.url)
    today = local_time(time.time()).date()
    return lambda: {
        name: next(iter(states)) for name, states in run_for_night(dagbag, "acknowledge", today).tasks.items()
    }


def test_the_dag_brings_packages_and_takes_receipts_back(
    sftp: SftpServer, tmp_path: Path, acknowledge_run: Callable[[], dict[str, Any]]
) -> None:
    office_delivers(sftp, package_files(tmp_path, files=_PACKAGE))
    assert acknowledge_run() == {"fetch": "success", "receipts": "success", "hand_out": "success"}
    assert in_inboxes(sftp) == set()
    [receipt] = [data.decode() for name, data in sftp.files().items() if "/outbox/" in name]
    assert "513431-00001" in receipt


def test_a_server_that_cannot_be_used_fails_the_run_and_what_is_here_gets_its_receipt(
    sftp: SftpServer, tmp_path: Path, acknowledge_run: Callable[[], dict[str, Any]]
) -> None:
    changed(sftp, extra={"no_host_key_check": True})
    Office(tmp_path / "centre").send(_PACKAGE)
    assert acknowledge_run() == {"fetch": "failed", "receipts": "success", "hand_out": "upstream_failed"}
    assert list((tmp_path / "centre/home/outbox/513431").rglob("receipt-00001.html"))


def test_airflow_keeps_nothing_personal(world: World) -> None:
    """Its database (results, rendered arguments, events) and its logs, after nights that succeeded and failed."""
    values = sent_values(world.country) | {PERSON_KEY: person_keys(world.home)}
    assert values[NUMBER]
    assert values[PERSON_KEY]
    hits, read = scan(Path(os.environ["AIRFLOW_HOME"]), values)
    assert read >= 1
    assert (Path(os.environ["AIRFLOW_HOME"]) / "airflow.db").is_file()
    assert hits == []
    home = [
        hit
        for hit in scan(world.home.root, values, [world.home.landing, world.home.inbox])[0]
        if hit.kind != PERSON_KEY
    ]
    assert home == []
