"""A country that says things again and has help that does not fit: what is sent and what is kept aside of it."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from include.country.make import make_country
from include.home import Home
from include.intake.deliver import deliver

FIRST = date(2026, 11, 20)
NIGHTS = tuple(FIRST + timedelta(days=n) for n in range(5))


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two counties, 160 households, five nights."""
    out = tmp_path_factory.mktemp("retold") / "country"
    make_country(out, 2, 160, len(NIGHTS), 3, "none", FIRST, retelling=True, misfitting=True)
    return out


def _again(country: Path) -> list[Path]:
    return sorted(path for night in NIGHTS for path in (country / f"{night}").glob("*+*"))


def test_a_past_day_is_told_again_in_a_package_of_its_own(country: Path) -> None:
    packages = _again(country)
    assert len(packages) > len(NIGHTS)
    for folder in packages:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        submitter, _, day = folder.name.partition("+")
        assert (manifest["submitter"], manifest["as_of"], manifest["kind"]) == (submitter, day, "changes")
        assert date.fromisoformat(day) < date.fromisoformat(folder.parent.name)


def test_it_is_delivered_into_the_account_of_its_submitter(country: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    night = date.fromisoformat(_again(country)[0].parent.name)
    deliver(country, home, night)
    accounts = {path.name for path in home.inbox.iterdir()}
    assert not any("+" in name for name in accounts)
    packages = Counter(path.parent.name for path in home.inbox.glob("*/*"))
    assert max(packages.values()) > 1
    assert deliver(country, home, night) == 0, "nothing twice"


def _told(country: Path, dataset: str) -> str:
    return " union all by name ".join(
        f"select date '{night}' as told_by, * from read_parquet('{country}/truth/{night}/told/{dataset}.parquet')"
        for night in NIGHTS
    )


@pytest.mark.parametrize(
    ("dataset", "key", "cells"),
    [
        ("households", "household_id", "main_cause, water_safe, housing_grade"),
        ("measures", "measure_id", "delivered_on, amount"),
        ("assignments", "household_id, staff_id, from_date", "to_date"),
    ],
)
def test_what_is_told_of_a_day_changes_on_a_later_night(country: Path, dataset: str, key: str, cells: str) -> None:
    found = duckdb.sql(
        f"select count(*) from (select submitter, day, {key} from (select distinct submitter, day, {key}, {cells} "
        f"from ({_told(country, dataset)})) group by all having count(*) > 1)"
    ).fetchone()
    assert found is not None
    assert found[0] > 0


def test_the_last_told_state_of_a_night_is_the_true_one_but_for_what_is_told_later(country: Path) -> None:
    """Who is in the registry is never told wrongly: closed and new numbers are in both."""
    for night in NIGHTS:
        told = f"select household_id from read_parquet('{country}/truth/{night}/told/households.parquet')"
        true = f"select household_id from read_parquet('{country}/truth/{night}/households.parquet')"
        both = duckdb.sql(f"({told} where day = date '{night}' except {true}) union all ({true} except {told})")
        if night != NIGHTS[2]:  # on the third night one county has nothing to send
            assert both.fetchall() == []


def test_each_kind_of_misfit_is_planted_in_each_county(country: Path) -> None:
    with (country / "truth" / "misfits.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    planted = Counter((row["submitter"], row["misfit"]) for row in found if row["planted"] == "true")
    assert len(found) > planted.total(), "the country has misfits of its own"
    assert len({submitter for submitter, _ in planted}) == 2
    assert {kind for _, kind in planted} == {"cause_unserved", "answers_no_reason", "double_benefit"}


def test_an_ordinary_country_tells_nothing_again(tmp_path: Path) -> None:
    make_country(tmp_path / "country", 2, 40, 2, 3, "none", FIRST)
    assert list((tmp_path / "country").rglob("*+*")) == []
    assert list((tmp_path / "country").rglob("told")) == []
    assert not (tmp_path / "country" / "truth" / "misfits.csv").exists()
