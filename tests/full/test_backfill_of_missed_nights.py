"""Three nights missed, made up for by Airflow's backfill as its UI asks for it, and one of them run again."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from include.country.make import make_country
from include.demo.nights import FINISHED, FOLLOWED, run_night
from include.demo.run import NO_CLOCK
from include.demo.stack import Stack, free_port
from include.home import Home
from include.intake.deliver import deliver
from include.settings import Settings
from include.warehouse.content_hash import content_hash
from include.warehouse.versions import versions
from tests.alerts import Loopback
from tests.conftest import copy_secret, play
from tests.e2e.test_missed_nights import lake
from tests.full.test_deaths import files_of, open_files

pytestmark = pytest.mark.long

BEFORE = date(2026, 11, 20)
MISSED = tuple(BEFORE + timedelta(days=day) for day in (1, 2, 3))
MIDDLE, NEWEST = MISSED[1:]
SETTINGS = {**NO_CLOCK, "TARGETED_BATCHES": "1"}
STUCK_AFTER = 3600
"""Seconds in which a backfill of this country ends on any machine."""


@dataclass
class Airflow:
    """A running Airflow, and the runs that had ended before something was asked of it."""

    stack: Stack
    ended: set[str] = field(default_factory=set)

    def mornings(self, days: Iterable[date]) -> list[dict[str, Any]]:
        """Run `freshness` for some mornings, one after the other."""
        found = []
        for day in days:
            asked = {"logical_date": None, "partition_key": f"{day}"}
            self.stack.api.send("POST", "/dags/freshness/dagRuns", asked)
            found += self.follow({f"{day}"}, ("freshness",))
        return found

    def backfill(self, first: date, last: date, behaviour: str) -> list[dict[str, Any]]:
        """Ask as the UI's form does, follow until all that it starts has ended, and return those runs.

        A night's run is due at 22:00 of its day: a range that ends with the last night's midnight would leave it out.
        """
        asked = {
            "dag_id": "receive_submissions", "from_date": f"{first}T00:00:00Z", "to_date": f"{last}T23:59:00Z",
            "run_backwards": False, "max_active_runs": 1, "reprocess_behavior": behaviour, "dag_run_conf": {},
        }  # fmt: skip
        self.stack.api.send("POST", "/backfills", asked)
        nights = {f"{first + timedelta(days=day)}" for day in range((last - first).days + 1)}
        return self.follow(nights, FOLLOWED)

    def follow(self, nights: set[str], dags: tuple[str, ...]) -> list[dict[str, Any]]:
        """Wait until each of `dags` has ended a new run for each night; returns those runs by DAG, then by start."""
        begin = time.monotonic()
        while True:
            self.stack.check()
            new = [run for dag in dags for run in self._runs(dag) if run["dag_run_id"] not in self.ended]
            came = {(run["dag_id"], run["partition_key"]) for run in new if run["state"] in FINISHED}
            if came == {(dag, night) for dag in dags for night in nights} and len(came) == len(new):
                self.ended |= {run["dag_run_id"] for run in new}
                return new
            states = [(run["dag_id"], run["partition_key"], run["state"]) for run in new]
            assert time.monotonic() - begin < STUCK_AFTER, f"stuck: {states}"
            time.sleep(2)

    def _runs(self, dag: str) -> list[dict[str, Any]]:
        return list(self.stack.api.get(f"/dags/{dag}/dagRuns", limit=100, order_by="start_date")["dag_runs"])


def test_missed_nights_are_made_up_for_as_if_none_had_been(tmp_path: Path, loopback: Loopback) -> None:
    country, missed, whole = tmp_path / "country", Home(tmp_path / "missed"), Home(tmp_path / "whole")
    make_country(country, counties=3, households=90, nights=4, seed=3, faults="standard")
    settings = {**SETTINGS, "TARGETED_ALERT_URLS": loopback.hook_url}
    port = free_port(18420)
    with Stack(missed.root, port, print, settings) as stack:
        run_night(stack, country, BEFORE, print)
    for night in MISSED:  # the scheduler is down for three evenings; offices send all the same
        deliver(country, missed, night)
    loopback.hooks.clear()

    with Stack(missed.root, port, print, settings) as stack:
        airflow = Airflow(stack)
        airflow.ended = {run["dag_run_id"] for dag in FOLLOWED for run in airflow._runs(dag)}
        mornings = airflow.mornings(night + timedelta(days=1) for night in MISSED)
        made_up = airflow.backfill(MISSED[0], NEWEST, "none")
        told = [hook["title"] for hook in loopback.hooks]
        served = (missed.published / "marts.duckdb").readlink().name
        loopback.hooks.clear()
        replayed = airflow.backfill(MIDDLE, MIDDLE, "completed")

    assert {run["state"] for run in mornings} == {"failed"}, "readers have the marts of the night before the outage"
    assert {run["state"] for run in made_up} == {"success"}
    for dag in FOLLOWED:
        runs = [run for run in made_up if run["dag_id"] == dag]
        assert [run["partition_key"] for run in runs] == [f"{night}" for night in MISSED], f"{dag}: oldest first"
        assert all(before["end_date"] <= after["start_date"] for before, after in pairwise(runs)), f"{dag}: in turn"
    assert {run["run_type"] for run in made_up if run["dag_id"] == FOLLOWED[0]} == {"backfill"}
    _told_once(told)

    assert [(run["dag_id"], run["state"]) for run in replayed] == [(dag, "success") for dag in FOLLOWED]
    assert (missed.published / "marts.duckdb").readlink().name == served, "an older night is not swapped in"
    assert loopback.hooks == [], "a night that is run again to the same content is no news"

    copy_secret(missed, whole)
    play(country, whole, Settings(home=whole.root, batches=1), (BEFORE, *MISSED))
    _same_content(missed, whole)


def _told_once(told: list[str]) -> None:
    """One alert over three mornings and its end with the newest night; of each night that it is published."""
    alerts = [title for title in told if "freshness marts" in title]
    assert [title.split("]")[0] for title in alerts] == ["[未通过 FAILED", "[已恢复 RESOLVED"]
    assert f"{NEWEST}" in alerts[1], "older nights that are published do not end it"
    heartbeats = [title for title in told if title not in alerts]
    assert [f"{night} 已发布 published" in title for night, title in zip(MISSED, heartbeats, strict=True)] == [True] * 3


def _same_content(missed: Home, whole: Home) -> None:
    for kind in ("marts", "marts_open"):
        hashes = [
            {version.night: content_hash(home.published / version.file_name) for version in versions(home, kind)}
            for home in (missed, whole)
        ]
        assert hashes[0] == hashes[1] and set(hashes[0]) == {BEFORE, *MISSED}, kind
    for night in MISSED:
        expected = lake(whole, night)
        assert len(expected) > 20 and lake(missed, night) == expected, night
    assert open_files(missed) == open_files(whole)
    assert set(files_of(missed.outbox)) == set(files_of(whole.outbox))
    assert not list(missed.inbox.glob("*/*")), "nothing is left in the inbox"
