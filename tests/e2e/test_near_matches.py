"""Members who were planted in two households, once without numbers, are told to both offices, and to nobody else."""

from __future__ import annotations

import csv
import re
from collections import defaultdict

import duckdb

from tests.conftest import PlayedCountry

NEAR = "person-may-be-in-two-households"
_DETAIL = r"match [0-9a-f]{12}, probability 0\.9\d\d, weight \d+\.\d"


def _planted(country: PlayedCountry) -> set[tuple[str, str, int]]:
    """Night, submitter and row of every planted near duplicate."""
    with (country.folder / "answer_key.csv").open(encoding="utf-8", newline="") as file:
        return {
            (line["night"], line["submitter"], int(line["row"]))
            for line in csv.DictReader(file)
            if line["kind"] == "near_duplicate" and line["expect"] == f"{NEAR}:advice"
        }


def test_planted_near_duplicates_are_told_to_both_and_nobody_else(played_country: PlayedCountry) -> None:
    planted = _planted(played_country)
    with duckdb.connect() as connection:
        told = connection.execute(
            """select strftime(night, '%Y-%m-%d'), submitter, "row", household_key, detail
            from read_parquet($files, hive_partitioning = false, union_by_name = true) where rule = $rule""",
            {"files": played_country.home.lake_glob("findings_check"), "rule": NEAR},
        ).fetchall()
    assert {(night, submitter, row) for night, submitter, row, *_ in told} == planted
    assert {night for night, *_ in planted} == {f"{played_country.nights[0]:%Y-%m-%d}"}, "mended on the second"
    households = defaultdict(set)
    for *_, household, detail in told:
        assert re.fullmatch(_DETAIL, detail), detail
        households[detail.split(",")[0]].add(household)
    assert len(households) >= 2
    assert all(len(both) == 2 for both in households.values())
    counties = [{household.split("-")[0] for household in both} for both in households.values()]
    assert sorted({len(each) for each in counties}) == [1, 2], "within a county, and across two"


def test_what_is_published_of_them_is_cleared_advice(played_country: PlayedCountry) -> None:
    published = played_country.home.published / "quality.duckdb"
    with duckdb.connect(str(published), read_only=True) as quality:
        stood = quality.execute(
            "select distinct severity, state from quality.findings where rule = ?", [NEAR]
        ).fetchall()
    assert stood == [("advice", "cleared")]
