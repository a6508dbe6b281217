"""Two counties trip the breaker; a person answers in a real Airflow: one is released, and the other stays held."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pytest

from include import night as steps
from include.country.make import make_country
from include.demo.api import Api, ApiError
from include.demo.run import NO_CLOCK
from include.demo.secrets import password_of
from include.demo.stack import Stack, free_port
from include.home import Home
from include.intake.deliver import deliver
from tests.unit.intake_world import World, csv_bytes

FIRST, SECOND, THIRD = (date(2026, 11, day) for day in (20, 21, 22))
MANY = 60
"""Households closed at once: more than breaker_vanished_min_persons."""
RUNS = "/dags/release_county/dagRuns"
T = TypeVar("T")


def asked(home: Home, query: str, file: str = "quality") -> list[Any]:
    with duckdb.connect(str(home.published / f"{file}.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def send_closings(world: World, county: str) -> list[str]:
    """Put a package into the county's inbox that closes many households; returns their keys.

    An office has decided on the removal of each but the last: without a decision a close ends nothing.
    """
    accepted = {name: world.home.lake_glob("accepted", name) for name in ("households", "persons", "units")}
    households = duckdb.sql(
        f"""select distinct household_id, household_key from read_parquet('{accepted["households"]}')
        where county_id = '{county}' order by all limit {MANY}"""
    ).fetchall()
    persons = duckdb.sql(
        f"""select distinct household_id, person_no from read_parquet('{accepted["persons"]}')
        where household_key in {tuple(key for _, key in households)} order by all"""
    ).fetchall()
    units = duckdb.sql(f"select min(unit_id) from read_parquet('{accepted['units']}') where county_id = '{county}'")
    ((unit,),) = units.fetchall()
    close = ("operation", "close_reason", "closed_on", "closed_by")
    values = ("close", "moved_out", "2026-11-20", unit)
    said = ("act", "office_unit_id", "decided_on", "reason", "notice_on", "appeal_deadline")
    decision = ("remove", unit, "2026-11-18", "moved_out", "2026-11-10", "2027-01-20")
    decided = [(f"closing-{n}", number, *decision) for n, (number, _) in enumerate(households[:-1])]
    files = {
        "households.csv": [("household_id", *close), *((number, *values) for number, _ in households)],
        "persons.csv": [("household_id", "person_no", *close), *((*person, *values) for person in persons)],
        "decisions.csv": [("decision_id", "household_id", *said), *decided],
    }
    world.send(
        {name: csv_bytes(rows) for name, rows in files.items()},
        submitter=county,
        package="closings",
        rows={name: len(rows) - 1 for name, rows in files.items()},
        manifest={"kind": "changes", "as_of": f"{SECOND:%Y-%m-%d}"},
    )
    return [key for _, key in households]


def until(stack: Stack, what: str, look: Callable[[], T | None]) -> T:
    """Look again until there is an answer; gives up after a quarter of an hour and says for what it waited."""
    deadline = time.monotonic() + 900
    while (found := look()) is None:
        stack.check()
        assert time.monotonic() < deadline, f"still waiting for {what}"
        time.sleep(1)
    return found


def state_of(api: Api, path: str) -> str | None:
    """How a run ended; None while it runs."""
    state = str(api.get(path)["state"])
    return state if state in {"success", "failed"} else None


class Desk:
    """A named person at the UI, answering the requests of release_county through the same API."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.api = Api(stack.url, "monitor", password_of(stack.airflow_home, "monitor"))

    def request(self, run_id: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            try:
                detail = self.stack.api.get(f"{RUNS}/{run_id}/taskInstances/ask/-1/hitlDetails")
            except ApiError:
                return None
            state = self.stack.api.get(f"{RUNS}/{run_id}/taskInstances/ask")["state"]
            return detail if state == "awaiting_input" else None

        return until(self.stack, f"{run_id} to ask", look)

    def answer(self, run_id: str, choice: str, reason: str) -> str:
        """Answer a request that waits; returns how the run ended."""
        self.request(run_id)
        self.api.send(
            "PATCH",
            f"{RUNS}/{run_id}/taskInstances/ask/-1/hitlDetails",
            {"chosen_options": [choice], "params_input": {"reason": reason}},
        )
        return until(self.stack, f"{run_id} to end", lambda: state_of(self.stack.api, f"{RUNS}/{run_id}"))

    def ask_again(self, run_id: str) -> None:
        self.stack.api.send(
            "POST",
            "/dags/release_county/clearTaskInstances",
            {"dag_run_id": run_id, "task_ids": ["ask"], "include_downstream": True, "only_failed": False,
             "dry_run": False},
        )  # fmt: skip


def follow_letters(stack: Stack) -> None:
    """Run county_letters for the second night, which starts a run of release_county for each held county."""
    run = stack.api.send(
        "POST", "/dags/county_letters/dagRuns", {"logical_date": None, "partition_key": f"{SECOND:%Y-%m-%d}"}
    )
    path = f"/dags/county_letters/dagRuns/{run['dag_run_id']}"
    assert until(stack, "the letters", lambda: state_of(stack.api, path)) == "success"


@pytest.mark.long
def test_a_tripped_county_is_released_by_a_person_in_airflow_and_another_stays_held(tmp_path: Path) -> None:
    world = World(tmp_path)
    make_country(tmp_path / "country", counties=2, households=300, nights=1, seed=3, faults="none")
    deliver(tmp_path / "country", world.home, FIRST)
    steps.run(world.home, world.settings, FIRST, print)
    counties = sorted({row[0] for row in asked(world.home, "select county_id from quality.reporting "
                                               "where submitter_kind = 'county'")})  # fmt: skip
    closing = {county: send_closings(world, county) for county in counties}
    steps.run(world.home, world.settings, SECOND, print)

    tripped = asked(world.home, "select distinct county_id, attempt_id from quality.verdicts where verdict = 'hold' "
                                "order by all")  # fmt: skip
    assert [county for county, _ in tripped] == counties
    (freed, attempt), (kept, other) = tripped
    settings = {**NO_CLOCK, "TARGETED_BATCHES": "1"}
    with Stack(world.home.root, free_port(18700), print, settings) as stack:
        follow_letters(stack)
        runs = {run["dag_run_id"]: run["conf"]["county"] for run in stack.api.get(RUNS)["dag_runs"]}
        assert runs == {f"release-{attempt}": freed, f"release-{other}": kept}
        desk = Desk(stack)
        request = desk.request(f"release-{attempt}")
        assert request["subject"] == f"Release the removals and exits of county {freed}, attempt {attempt}?"
        assert "breaker-vanished-households: 60, threshold 50" in request["body"]
        assert desk.answer(f"release-{other}", "Release", " ") == "failed", "nobody is released without a reason"
        assert desk.answer(f"release-{attempt}", "Release", "two towns were resettled") == "success"
        desk.ask_again(f"release-{other}")
        assert desk.answer(f"release-{other}", "Keep held", "the county says it was a mistake") == "success"
        follow_letters(stack)
        assert stack.api.get(RUNS)["total_entries"] == 2, "a county that was asked is not asked anew"

    steps.run(world.home, world.settings, THIRD, print)
    ((rows,),) = asked(world.home, f"select held from quality.attempts where attempt_id = '{attempt}'")
    told = "attempt_id, answer, decided_by, reason, night, taken_night, rows_taken"
    assert asked(world.home, f"select {told} from quality.releases order by attempt_id") == [
        (attempt, "release", "monitor", "two towns were resettled", THIRD, THIRD, rows),
        (other, "refuse", "monitor", "the county says it was a mistake", THIRD, None, 0),
    ]  # fmt: skip
    standing = dict(asked(world.home, "select household_key, held from household.households", "marts"))
    *gone, undecided = closing[freed]
    assert not set(gone) & set(standing), "released: they are no longer in the registry"
    assert standing[undecided] is False, "no office decided on it: it stays, and is held no more"
    assert {standing[key] for key in closing[kept]} == {True}, "held: they stay, and are marked"
    letter = (world.home.letters(freed, THIRD) / "letter.html").read_text(encoding="utf-8")
    assert "two towns were resettled" in letter
