"""Help that does not fit: the mart tells of exactly what was planted more than of the same country without it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from include import night as steps
from include.country.make import make_country
from include.demo.cookbook import NIGHTS
from include.duck import connect
from include.home import Home
from include.intake.deliver import deliver
from include.settings import Settings
from include.warehouse.dbt import prepare, run_dbt

pytestmark = pytest.mark.long

NIGHT = NIGHTS[0]
TO_THE_LAKE = ("receive", "meet", "check", "judge")
Misfit = tuple[str, str, str]


def _found(root: Path, *, misfitting: bool) -> set[Misfit]:
    """Misfits of a country of two counties, as the mart tells them."""
    home, settings = Home(root / "home"), Settings(home=root / "home", batches=1)
    make_country(root / "country", 2, 300, 1, 5, "none", NIGHT, misfitting=misfitting)
    deliver(root / "country", home, NIGHT)
    for name, task in steps.tasks(home, settings, NIGHT):
        if name in TO_THE_LAKE:
            assert task().counts.get("held", 0) == 0
    prepare(home, settings)
    wanted = ["build", "--select", "+household__measure_misfits", "--exclude-resource-type", "test", "unit_test"]
    assert run_dbt(home, settings, NIGHT, wanted) == 0
    with connect(settings, home.warehouse, read_only=True) as connection:
        rows = connection.execute("select household_key, misfit, about from household.measure_misfits").fetchall()
    assert len(rows) == len(set(rows))
    return set(rows)


def _planted(country: Path) -> set[Misfit]:
    with (country / "truth" / "misfits.csv").open(encoding="utf-8", newline="") as file:
        return {
            (
                f"{row['submitter']}-{row['household_id']}",
                row["misfit"],
                row["about"] if row["misfit"] == "cause_unserved" else f"{row['submitter']}-{row['about']}",
            )
            for row in csv.DictReader(file)
        }


def test_the_mart_finds_exactly_the_planted_misfits(tmp_path: Path) -> None:
    clean = _found(tmp_path / "clean", misfitting=False)
    with_them = _found(tmp_path / "planted", misfitting=True)
    planted = _planted(tmp_path / "planted" / "country")
    assert {kind for _, kind, _ in planted} == {"cause_unserved", "answers_no_reason", "double_benefit"}
    assert with_them - clean == planted
    assert clean - with_them == set()
