"""Standards on their two clocks: found once on a day, and as they were known on another."""

from __future__ import annotations

import csv
import re
import shutil
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from include.rules.facts import load_facts
from include.seeds import holds, national_standard
from include.seeds import standards as known_standards
from tests.unit.seeds.facts import (
    CONDITIONS,
    ROOT,
    SEEDS,
    Row,
    overlap,
)


def in_force(
    subject: str, jurisdiction: str, on: date, known_on: date | None = None, folder: Path = SEEDS
) -> list[Decimal]:
    return [
        Decimal(row["value"])
        for row in known_standards(known_on, folder)
        if row["subject"] == subject and row["jurisdiction"] == jurisdiction and holds(row, on)
    ]


@pytest.mark.parametrize(
    ("subject", "jurisdiction", "on", "value"),
    [
        ("poverty_line", "CN", date(2013, 7, 1), 2736),
        ("poverty_line", "CN", date(2019, 12, 31), 3218),
        ("poverty_line", "CN", date(2020, 1, 1), 4000),
        ("poverty_line", "CN", date(2026, 11, 23), 4000),
        ("poverty_line_field", "61", date(2016, 6, 1), 3070),
        ("monitoring_range", "52", date(2023, 6, 1), 7300),
        ("monitoring_range", "CN", date(2026, 11, 23), 7000),
        ("exit_criterion_village_incidence", "CN", date(2018, 1, 1), "0.02"),
        ("exit_criterion_county_incidence", "52", date(2018, 1, 1), "0.03"),
        ("breaker_vanished_min_persons", "CN", date(2026, 11, 23), 50),
        ("breaker_vanished_share", "CN", date(2026, 11, 23), "0.02"),
        ("breaker_rekeyed_share", "CN", date(2026, 11, 23), "0.05"),
        ("breaker_growth_advice_share", "CN", date(2026, 11, 23), "0.20"),
        ("held_decision_days", "CN", date(2026, 11, 23), 14),
        ("suppression_min_cell", "CN", date(2026, 11, 23), 10),
        ("grassland_ban_rate", "CN", date(2018, 1, 1), "7.5"),
    ],
)
def test_a_standard_is_found_once_on_its_day(subject: str, jurisdiction: str, on: date, value: int | str) -> None:
    assert in_force(subject, jurisdiction, on) == [Decimal(str(value))]


def test_standards_have_unique_ids_known_jurisdictions_and_overlap_only_to_replace(
    standards: list[Row], places: dict[str, Row]
) -> None:
    assert len({row["standard_id"] for row in standards}) == len(standards)
    by_key: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in standards:
        assert row["jurisdiction"] == "CN" or row["jurisdiction"] in places
        assert re.fullmatch(r"-?\d+(\.\d{1,4})?", row["value"]), row
        by_key[row["subject"], row["jurisdiction"]].append(row)
    for rows in by_key.values():
        assert not unclear(rows), rows
        assert len({(row["operator"], row["unit"]) for row in rows}) == 1, rows


def unclear(rows: list[Row]) -> list[tuple[str, str]]:
    """Pairs of one subject and jurisdiction that hold on one day and of which neither replaces the other."""
    return [
        (one["standard_id"], other["standard_id"])
        for n, one in enumerate(rows)
        for other in rows[n + 1 :]
        if overlap(one, other)
        and (
            (one["valid_from"], one["valid_to"]) != (other["valid_from"], other["valid_to"])
            or one["known_from"] == other["known_from"]
        )
    ]


LINE = {"standard_id": "line", "subject": "line", "jurisdiction": "CN", "valid_from": "2021-01-01", "valid_to": ""}
LINE |= {"known_from": "", "operator": "<", "value": "4000", "unit": "yuan", "source": "s", "confidence": "high"}
CORRECTED = LINE | {"standard_id": "corrected", "known_from": "2026-11-10", "value": "4500"}
#: A second row of the line, and whether it may stand beside the first.
BESIDE = {
    "the same days, known later": (CORRECTED, True),
    "the same days, known since ever": (CORRECTED | {"known_from": ""}, False),
    "a part of its days, known later": (CORRECTED | {"valid_from": "2026-01-01"}, False),
    "the same days to an end, known later": (CORRECTED | {"valid_to": "2026-12-31"}, False),
    "other days": (CORRECTED | {"valid_from": "2010-01-01", "valid_to": "2020-12-31", "known_from": ""}, True),
    "another place": (CORRECTED | {"jurisdiction": "52", "known_from": ""}, True),
    "another unit, known later": (CORRECTED | {"unit": "yuan_per_month"}, False),
}


@pytest.mark.parametrize("beside", BESIDE)
def test_the_night_takes_no_standard_of_which_nobody_could_say_whether_it_holds(beside: str) -> None:
    """The dbt test that runs when the seeds are loaded, which an operator's own rows meet and this suite does not."""
    row, may_stand = BESIDE[beside]
    query = (ROOT / "dbt_project" / "tests" / "standards_overlap_only_to_replace.sql").read_text(encoding="utf-8")
    with duckdb.connect() as connection:
        days = ("valid_from", "valid_to", "known_from")
        columns = ", ".join(f"{name} {'date' if name in days else 'varchar'}" for name in LINE)
        connection.execute(f"create table standards ({columns})")
        marks = ", ".join("?" for _ in LINE)
        rows = [[value or None for value in one.values()] for one in (LINE, row)]
        connection.executemany(f"insert into standards values ({marks})", rows)
        found = connection.execute(query.replace("{{ ref('standards') }}", "standards")).fetchall()
    assert [names[2:] for names in found] == ([] if may_stand else [("corrected", "line")])


def write_standards(folder: Path, *rows: Row) -> Path:
    with (folder / "standards.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(LINE), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return folder


def test_a_correction_holds_from_the_day_it_was_known_and_the_row_it_replaces_until_then(tmp_path: Path) -> None:
    again = CORRECTED | {"standard_id": "again", "known_from": "2026-12-01", "value": "4600"}
    of_guizhou = LINE | {"standard_id": "52", "jurisdiction": "52", "known_from": "2026-11-20", "value": "5000"}
    folder = write_standards(tmp_path, again, of_guizhou, CORRECTED, LINE)
    on = date(2026, 10, 31)

    def known(jurisdiction: str, known_on: date | None) -> list[Decimal]:
        return in_force("line", jurisdiction, on, known_on, folder)

    assert known("CN", date(2026, 11, 9)) == [4000]
    assert known("CN", date(2026, 11, 10)) == known("CN", date(2026, 11, 30)) == [4500]
    assert known("CN", date(2026, 12, 1)) == known("CN", None) == [4600]
    assert known("52", date(2026, 11, 19)) == []
    assert known("52", date(2026, 11, 20)) == [5000]
    assert national_standard("line", on, date(2026, 11, 9), folder) == "4000"
    assert national_standard("line", date(2020, 12, 31), seeds=folder) is None


def test_the_checks_of_a_night_judge_by_what_was_known_on_it(tmp_path: Path) -> None:
    for name in ("places", "rulebook", "measures", "pairings"):
        shutil.copy(SEEDS / f"{name}.csv", tmp_path)
    write_standards(tmp_path, CORRECTED, LINE)
    with duckdb.connect() as connection:

        def values(known_on: date | None) -> list[tuple[date, date, float]]:
            load_facts(connection, known_on, tmp_path)
            return connection.execute("select valid_from, valid_to, value from facts_standards").fetchall()

        assert values(date(2026, 11, 9)) == [(date(2021, 1, 1), date(9999, 12, 31), 4000.0)]
        assert values(date(2026, 11, 10)) == values(None) == [(date(2021, 1, 1), date(9999, 12, 31), 4500.0)]


def test_deprivation_weights_are_one_for_each_condition_and_two_of_six_count(standards: list[Row]) -> None:
    weights = {
        row["subject"]: Decimal(row["value"]) for row in standards if row["subject"].startswith("alkire_foster_weight_")
    }
    assert {name.removeprefix("alkire_foster_weight_") for name in weights} == CONDITIONS - {"any"}
    (cutoff,) = in_force("alkire_foster_k", "CN", date(2026, 1, 1))
    assert set(weights.values()) == {Decimal(1)}
    assert cutoff == 2
