"""kill -9 of tasks under the real scheduler: Airflow tries them again, and the night ends as an undisturbed one."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from include.country.make import make_country
from include.demo.nights import FOLLOWED, run_night
from include.demo.run import NO_CLOCK
from include.demo.stack import Stack, free_port
from include.home import Home
from include.kill_points import ONCE, SETTING, kill_points
from include.settings import Settings
from include.warehouse.content_hash import content_hash
from tests.conftest import NIGHTS, play
from tests.full.test_deaths import files_of, open_files

DEATHS = {
    "read:after": "receive",
    "accepted:before": "judge",
    "findings_check:after": "check",
    "gate_results:before": "gate_submissions",
    "dbt-staging_intermediate:during": "build_staging_intermediate",
    "dbt-marts:during": "build_marts",
    "dbt-quality:after": "build_quality",
    "marts-link:before": "publish",
    "quality-candidate:during": "publish_quality",
    "letter:before": "letters",
    "board:before": "board",
}
"""One point of each stage, and the task that dies there."""
SETTINGS = {**NO_CLOCK, "TARGETED_BATCHES": "2"}


@pytest.mark.long
def test_a_night_of_dying_tasks_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    assert set(DEATHS) <= set(kill_points())
    country, marks = tmp_path / "country", tmp_path / "marks"
    marks.mkdir()
    make_country(country, counties=4, households=400, nights=2, seed=11, faults="standard")
    dying, whole = Home(tmp_path / "dying"), Home(tmp_path / "whole")
    play(country, whole, Settings(home=whole.root, batches=2))

    deadly = {**SETTINGS, SETTING: ",".join(DEATHS), ONCE: str(marks)}
    with Stack(dying.root, free_port(18380), print, SETTINGS) as stack:
        run_night(stack, country, NIGHTS[0], print)
    with Stack(dying.root, free_port(18380), print, deadly) as stack:
        run_night(stack, country, NIGHTS[1], print)
        tries = _tries(stack, NIGHTS[1])

    assert {mark.name for mark in marks.iterdir()} == set(DEATHS), "each point was come to"
    again = {task for task, count in tries.items() if count > 1}
    assert again == set(DEATHS.values())
    for name in ("marts", "marts_open"):
        assert content_hash((dying.published / f"{name}.duckdb").resolve()) == content_hash(
            (whole.published / f"{name}.duckdb").resolve()
        )
    assert open_files(dying) == open_files(whole)
    for room in ("lake", "outbox"):
        died, stood = (set(files_of(getattr(home, room), _no_receipt)) for home in (dying, whole))
        assert died == stood


def _no_receipt(path: Path) -> bool:
    """The clock of the scheduler may answer for the packages before the night; the undisturbed one has no clock."""
    return "receipt" not in path.as_posix()


def _tries(stack: Stack, night: date) -> dict[str, int]:
    """How often each task of a night was begun; of a mapped task the highest."""
    tries: dict[str, int] = {}
    for dag in FOLLOWED:
        runs: list[dict[str, Any]] = stack.api.get(f"/dags/{dag}/dagRuns", limit=100)["dag_runs"]
        for run in (run for run in runs if run["partition_key"] == f"{night:%Y-%m-%d}"):
            for task in stack.api.get(f"/dags/{dag}/dagRuns/{run['dag_run_id']}/taskInstances", limit=100)[
                "task_instances"
            ]:
                tries[task["task_id"]] = max(tries.get(task["task_id"], 0), task["try_number"])
    return tries
