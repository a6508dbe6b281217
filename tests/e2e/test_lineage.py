"""The events of two played nights lead from a published table back to the packages that it was made from."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include import night as steps
from include.home import LAKE_KINDS, Home
from include.lineage.jobs import INTAKE, RECEIVED
from tests.conftest import PlayedCountry

Event = dict[str, Any]


def read(home: Home, night: date) -> list[Event]:
    return [json.loads(line) for line in home.lineage_file(night).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def events(played_country: PlayedCountry) -> list[Event]:
    return [event for night in played_country.nights for event in read(played_country.home, night)]


def behind(table: str, events: list[Event]) -> set[str]:
    """Names of all datasets that a table was made from, over however many jobs."""
    made = defaultdict(set)
    for event in events:
        for output in event["outputs"]:
            made[output["name"]] |= {dataset["name"] for dataset in event["inputs"]}
    found: set[str] = set()
    waiting = {table}
    while waiting:
        found |= (new := made[waiting.pop()] - found)
        waiting |= new
    return found


def packages(names: set[str]) -> set[str]:
    return {name for name in names if name.startswith("landing/")}


def ledger(home: Home) -> dict[str, str]:
    """Content's hash of each attempt by the archived file of its package."""
    rows = duckdb.execute(
        "select night, attempt_id, sha256 from read_parquet(?, hive_partitioning = false)",
        [home.lake_glob("attempts")],
    ).fetchall()
    return {f"landing/night={night}/{attempt}.zip.age": digest for night, attempt, digest in rows}


@pytest.mark.parametrize(
    ("table", "through"),
    [
        ("marts/household.households", "warehouse/household.households"),
        ("marts_open/zone.poverty_monthly", "published/marts/zone.poverty_monthly"),
    ],
)
def test_a_published_table_leads_back_to_the_packages_of_every_night(
    table: str, through: str, events: list[Event], played_country: PlayedCountry
) -> None:
    home = played_country.home
    found = behind(f"published/{table}", events)
    assert packages(found) == ledger(home).keys() and len(packages(found)) > 30
    assert all((home.root / package).is_file() for package in packages(found)), "each lies in the archive"
    assert {"lake/accepted/households", "lake/read/households", through} <= found
    versions = {
        dataset["name"]: dataset["facets"]["version"]["datasetVersion"]
        for event in events if event["job"]["name"] == "receive" for dataset in event["inputs"]
    }  # fmt: skip
    assert versions == ledger(home), "and is known by the hash of its content"


def test_a_table_of_facts_alone_leads_to_no_package(events: list[Event]) -> None:
    found = behind("published/marts/zone.rulebook", events)
    assert found and not packages(found)


def test_every_published_table_and_kind_of_the_lake_has_its_job(
    events: list[Event], played_country: PlayedCountry
) -> None:
    home = played_country.home
    made = {output["name"] for event in events for output in event["outputs"]}
    for kind in ("marts", "marts_open", "quality"):
        with duckdb.connect(str(home.published / f"{kind}.duckdb"), read_only=True) as connection:
            tables = connection.execute(
                "select table_schema || '.' || table_name from information_schema.tables"
                " where table_schema in ('household', 'zone', 'responsibility', 'quality')"
            ).fetchall()
        own = {f"published/{kind}/{name}" for (name,) in tables}
        assert own <= made, own - made
    by_a_step = {kind for _, writes in INTAKE.values() for kind in writes} | {*RECEIVED, "gate_results"}
    others = {"alert_history", "removals", "release_decisions", "match_decisions", "receipts"}
    assert by_a_step | others == set(LAKE_KINDS)
    there = {path.relative_to(home.lake).parts[0] for path in home.lake.glob("**/night=*")} - others
    assert {name.split("/")[1] for name in made if name.startswith("lake/")} == there


def test_verdicts_of_the_gates_are_told_with_what_they_judged(events: list[Event]) -> None:
    gates = [event for event in events if event["job"]["name"] == "gate_marts"]
    assert len(gates) == 2 and {event["eventType"] for event in gates} == {"COMPLETE"}
    for event in gates:
        assert "warehouse/household.households" in {dataset["name"] for dataset in event["inputs"]}
        tests = {test["name"]: (test["status"], test["severity"]) for test in event["run"]["facets"]["test"]["tests"]}
        assert tests["marts-households-by-county"] == ("pass", "error")
        assert tests["marts-figures-usual"][1] == "warn"


def test_a_night_written_again_gives_the_same_events(played_country: PlayedCountry, tmp_path: Path) -> None:
    country = played_country.copy_to(tmp_path / "home")
    night = country.nights[-1]
    before = country.home.lineage_file(night).read_bytes()
    steps.lineage(country.home, country.settings, night)
    assert country.home.lineage_file(night).read_bytes() == before


def test_a_night_that_a_gate_stopped_tells_how_far_it_came(played_country: PlayedCountry, tmp_path: Path) -> None:
    country = played_country.copy_to(tmp_path / "home")
    night = country.nights[-1]
    folder = country.home.lake_file("gate_results", night, "any").parent
    for path in folder.glob("*.parquet"):
        if path.stem != "submissions":
            path.unlink()
    path = folder / "submissions.parquet"
    duckdb.execute(f"create or replace table v as select * replace (false as success) from '{path}'")
    duckdb.execute(f"copy v to '{path}' (format parquet)")
    for kind in ("marts", "marts_open"):
        for version in country.home.published.glob(f"{kind}-{night}-*.duckdb"):
            version.unlink()
    steps.lineage(country.home, country.settings, night)
    told = {event["job"]["name"]: event["eventType"] for event in read(country.home, night)}
    assert told["gate_submissions"] == "FAIL" and told["judge"] == "COMPLETE"
    assert "gate_warehouse" not in told and "dbt.household__households" not in told
    assert not [name for name in told if name.startswith("publish.marts")]
