"""What the benchmark of Airflow's own cost reads from Airflow's database, and what a nation's counties ask of it."""

from __future__ import annotations

from pathlib import Path

import yaml

from benchmarks.airflow_cost import Instance, idle_seconds, instance_of, table
from benchmarks.board import county_codes
from include.demo.stack import REPO, environment


def test_moments_of_a_task_are_read_and_a_task_that_was_not_queued_waited_for_nothing() -> None:
    told = {
        "task_id": "receive", "scheduled_when": "2026-11-20T14:00:00Z", "queued_when": "2026-11-20T14:00:01Z",
        "start_date": "2026-11-20T14:00:03.500Z", "end_date": "2026-11-20T14:00:10Z",
    }  # fmt: skip
    one = instance_of("receive_submissions", told)
    assert one.task == "receive_submissions: receive"
    assert (one.queued - one.scheduled, one.started - one.queued, one.ended - one.started) == (1.0, 2.5, 6.5)
    other = instance_of("receive_submissions", told | {"scheduled_when": None, "queued_when": None})
    assert other.scheduled == other.queued == other.started == one.started


def test_time_in_which_no_task_ran_is_counted_once() -> None:
    instances = [
        Instance("d: receive", 0, 0, 20, 30),
        Instance("d: receive", 0, 0, 0, 10),
        Instance("d: receive", 0, 0, 2, 5),
        Instance("d: meet", 0, 0, 31, 33),
    ]
    assert idle_seconds(instances) == 11


def test_a_step_of_batches_is_summed_up() -> None:
    instances = [
        Instance("d: receive", 0, 1, 3, 8),
        Instance("d: receive", 0, 2, 6, 10),
        Instance("d: meet", 9, 9, 11, 12),
    ]
    lines = table([("receive", 1.5), ("receive", 2.0)], instances).splitlines()[2:]
    assert lines == ["| d: receive | 3.5 | 2 | 1.5 | 3.0 | 9.0 | 7.0 |", "| d: meet |  | 1 | 0.0 | 2.0 | 1.0 | 1.0 |"]


def test_a_night_that_holds_every_county_can_ask_about_each(tmp_path: Path) -> None:
    name = "AIRFLOW__CORE__MAX_MAP_LENGTH"
    compose = yaml.safe_load((REPO / "docker-compose.yml").read_text(encoding="utf-8"))
    (tmp_path / "airflow").mkdir()
    for setting in (environment(tmp_path, 18_100)[name], compose["x-airflow"]["environment"][name]):
        assert len(county_codes(2_844)) < int(setting)
