"""Three nights missed, made up for by Airflow's backfill as its UI asks for it, and one of them run again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from include.country.make import make_country
from include.demo.nights import FINISHED, FOLLOWED, run_night
from include.demo.stack import Stack, free_port
from include.home import Home
from include.intake.deliver import deliver
from include.settings import Settings
from include.warehouse.content_hash import content_hash
from include.warehouse.versions import current, versions
from tests.conftest import copy_secret, play
from tests.e2e.test_missed_nights import lake
from tests.full.test_deaths import files_of, open_files
from tests.unit.test_watch_alerts import Loopback, loopback  # noqa: F401 - a fixture

pytestmark = pytest.mark.long

BEFORE = date(2026, 11, 20)
MISSED = tuple(BEFORE + timedelta(days=day) for day in (1, 2, 3))
MIDDLE = MISSED[1]
SETTINGS = {"TARGETED_FIRST_NIGHT": "2100-01-01", "TARGETED_BATCHES": "2"}
STUCK_AFTER = 1800
"""Seconds in which a backfill of this country ends on any machine."""


@dataclass
class Airflow:
    """A running Airflow, and which runs of each DAG had ended before something was asked of it."""

    stack: Stack
    ended: set[str] = field(default_factory=set)

    def backfill(self, first: date, last: date, behaviour: str = "none") -> list[dict[str, Any]]:
        """Ask as the UI's form does, follow until all that it starts has ended, and return those runs in their order.

        A night's run is due at 22:00 of its day: a range that ends with the last night's midnight would leave it out.
        """
        asked = {
            "dag_id": "receive_submissions", "from_date": f"{first}T00:00:00Z", "to_date": f"{last}T23:59:00Z",
            "run_backwards": False, "max_active_runs": 1, "reprocess_behavior": behaviour, "dag_run_conf": {},
        }  # fmt: skip
        self.stack.api.send("POST", "/backfills", asked)
        nights = {f"{first + timedelta(days=day)}" for day in range((last - first).days + 1)}
        return self.follow(nights)

    def again(self, dag: str, night: date) -> list[dict[str, Any]]:
        """Clear a night's last run of a DAG, as the UI's button does, and follow."""
        (run,) = [run for run in self.runs(dag) if run["partition_key"] == f"{night}"][-1:]
        self.ended -= {run["dag_run_id"]}
        self.stack.api.send("POST", f"/dags/{dag}/dagRuns/{run['dag_run_id']}/clear", {"dry_run": False})
        return self.follow({f"{night}"}, dags=FOLLOWED[FOLLOWED.index(dag) :])

    def runs(self, dag: str) -> list[dict[str, Any]]:
        """All runs of a DAG, the first started first."""
        return list(self.stack.api.get(f"/dags/{dag}/dagRuns", limit=100, order_by="start_date")["dag_runs"])

    def follow(self, nights: set[str], dags: tuple[str, ...] = FOLLOWED) -> list[dict[str, Any]]:
        """Wait until each of `dags` has ended a new run for each night; returns those runs by DAG, then by start."""
        begin = time.monotonic()
        while True:
            self.stack.check()
            new = [run for dag in dags for run in self.runs(dag) if run["dag_run_id"] not in self.ended]
            came = {(run["dag_id"], run["partition_key"]) for run in new if run["state"] in FINISHED}
            if came == {(dag, night) for dag in dags for night in nights} and len(came) == len(new):
                self.ended |= {run["dag_run_id"] for run in new}
                return new
            states = [(run["dag_id"], run["partition_key"], run["state"]) for run in new]
            assert time.monotonic() - begin < STUCK_AFTER, f"stuck: {states}"
            time.sleep(2)


@dataclass
class MadeUp:
    """The home whose nights were missed and made up for, one that missed none, and what was told."""

    missed: Home
    whole: Home
    backfill: list[dict[str, Any]]
    replay: list[dict[str, Any]]
    told: list[str]
    told_by_replay: list[str]
    served_before_replay: str


@pytest.fixture
def made_up(tmp_path: Path, loopback: Loopback) -> MadeUp:  # noqa: F811
    country, missed, whole = tmp_path / "country", Home(tmp_path / "missed"), Home(tmp_path / "whole")
    make_country(country, counties=3, households=150, nights=4, seed=3, faults="standard")
    settings = {**SETTINGS, "TARGETED_ALERT_URLS": loopback.hook_url}
    port = free_port(18420)
    with Stack(missed.root, port, print, settings) as stack:
        run_night(stack, country, BEFORE, print)
    copy_secret(missed, whole)
    play(country, whole, Settings(home=whole.root, batches=2), (BEFORE, *MISSED))

    # The scheduler is down for three evenings; offices send all the same. What stopped the machine has also left the
    # warehouse unreadable, so that the first try at making up for the nights fails on each of them.
    for night in MISSED:
        deliver(country, missed, night)
    missed.warehouse.write_bytes(b"no database" * 1000)
    loopback.hooks.clear()
    with Stack(missed.root, port, print, settings) as stack:
        airflow = Airflow(stack)
        airflow.ended = {run["dag_run_id"] for dag in FOLLOWED for run in airflow.runs(dag)}
        backfill = airflow.backfill(MISSED[0], MISSED[-1])
        missed.warehouse.unlink()
        for night in MISSED:
            airflow.again("build_marts", night)
        told = [hook["title"] for hook in loopback.hooks]
        loopback.hooks.clear()
        served = (missed.published / "marts.duckdb").readlink().name
        replay = airflow.backfill(MIDDLE, MIDDLE, "completed")
    told_by_replay = [hook["title"] for hook in loopback.hooks]
    return MadeUp(missed, whole, backfill, replay, told, told_by_replay, served)


def test_missed_nights_are_made_up_for_as_if_none_had_been(made_up: MadeUp) -> None:
    received = [run for run in made_up.backfill if run["dag_id"] == "receive_submissions"]
    assert [run["partition_key"] for run in received] == [f"{night}" for night in MISSED], "oldest first"
    assert {(run["run_type"], run["state"]) for run in received} == {("backfill", "success")}
    ends = [(run["start_date"], run["end_date"]) for run in received]
    assert all(before[1] <= after[0] for before, after in pairwise(ends)), "one at a time"
    built = {run["state"] for run in made_up.backfill if run["dag_id"] == "build_marts"}
    assert built == {"failed"}, "the warehouse cannot be read"

    _same_content(made_up)
    _told_once(made_up)

    assert [(run["dag_id"], run["state"]) for run in made_up.replay] == [(dag, "success") for dag in FOLLOWED]
    served = (made_up.missed.published / "marts.duckdb").readlink().name
    assert served == made_up.served_before_replay, "an older night is not swapped in"
    assert made_up.told_by_replay == []


def _same_content(made_up: MadeUp) -> None:
    for kind in ("marts", "marts_open"):
        newest = current(made_up.missed, kind)
        assert newest is not None and newest.night == MISSED[-1]
        hashes = [
            {version.night: content_hash(home.published / version.file_name) for version in versions(home, kind)}
            for home in (made_up.missed, made_up.whole)
        ]
        assert hashes[0] == hashes[1] and set(hashes[0]) == {BEFORE, *MISSED}
    for night in MISSED:
        expected = lake(made_up.whole, night)
        assert len(expected) > 20 and lake(made_up.missed, night) == expected, night
    assert open_files(made_up.missed) == open_files(made_up.whole)
    assert set(files_of(made_up.missed.outbox)) == set(files_of(made_up.whole.outbox))
    assert not list(made_up.missed.inbox.glob("*/*")), "nothing is left in the inbox"


def _told_once(made_up: MadeUp) -> None:
    """One alert for a trouble of three nights, its end once; of each night that it is not published, and that it is."""
    alerts = [title for title in made_up.told if "build_seeds" in title]
    assert [title.split("]")[0] for title in alerts] == ["[未通过 FAILED", "[已恢复 RESOLVED"]
    heartbeats = [title for title in made_up.told if title not in alerts]
    for night in MISSED:
        of_night = [title for title in heartbeats if f"{night} " in title]
        assert sum("NOT published" in title for title in of_night) == 1, of_night
        assert sum("已发布 published" in title for title in of_night) == 1, of_night
    assert len(heartbeats) == 2 * len(MISSED)
