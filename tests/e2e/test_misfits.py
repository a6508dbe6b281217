"""Help that does not fit: the mart tells of exactly what there is in the country, planted and its own."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from include import night as steps
from include.country.make import make_country
from include.demo.cookbook import NIGHTS
from include.duck import connect
from include.home import Home
from include.intake.deliver import deliver
from include.settings import Settings
from include.warehouse.dbt import prepare
from tests.dbt.in_process import run_dbt

pytestmark = pytest.mark.long

NIGHT = NIGHTS[0]
TO_THE_LAKE = ("receive", "meet", "check", "judge")
KINDS = {"cause_unserved", "answers_no_reason", "double_benefit"}
Misfit = tuple[str, str, str]


def _in_the_mart(root: Path) -> list[Misfit]:
    """The misfits of the country below `root`, as the mart tells them."""
    home, settings = Home(root / "home"), Settings(home=root / "home", batches=1)
    deliver(root / "country", home, NIGHT)
    for name, task in steps.tasks(home, settings, NIGHT):
        if name in TO_THE_LAKE:
            assert task().counts.get("held", 0) == 0
    prepare(home, settings)
    wanted = ["build", "--select", "+household__measure_misfits", "--exclude-resource-type", "test", "unit_test"]
    run_dbt(home, settings, NIGHT, wanted)
    with connect(settings, home.warehouse, read_only=True) as connection:
        return connection.execute("select household_key, misfit, about from household.measure_misfits").fetchall()


def _in_the_truth(country: Path) -> dict[Misfit, bool]:
    """Every misfit by the generator, and whether it was planted."""
    with (country / "truth" / "misfits.csv").open(encoding="utf-8", newline="") as file:
        return {
            (
                f"{row['submitter']}-{row['household_id']}",
                row["misfit"],
                row["about"] if row["misfit"] == "cause_unserved" else f"{row['submitter']}-{row['about']}",
            ): row["planted"] == "true"
            for row in csv.DictReader(file)
        }


def test_the_mart_finds_exactly_the_misfits_there_are(tmp_path: Path) -> None:
    make_country(tmp_path / "country", 2, 300, 1, 5, "none", NIGHT, misfitting=True)
    truth = _in_the_truth(tmp_path / "country")
    found = _in_the_mart(tmp_path)
    assert {kind for (_, kind, _), planted in truth.items() if planted} == KINDS
    assert {kind for (_, kind, _), planted in truth.items() if not planted} >= {"cause_unserved", "answers_no_reason"}
    assert Counter(found) == Counter(truth.keys()), "nothing is missing, nothing is there that is no misfit"
