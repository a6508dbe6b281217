"""Three months of a county of which every household is known: stocks and flows balance, each change is explained."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.measure import Scratch
from expectations.suites.marts import MEASURES
from include.home import Home
from include.settings import Settings
from include.warehouse.cookbook import questions
from include.warehouse.dbt import prepare
from tests.dbt.in_process import run_dbt
from tests.dbt.tiny_lake import COUNTY, attempt, counted, household, person, sent, write

NOVEMBER, DECEMBER, JANUARY = date(2026, 11, 20), date(2026, 12, 18), date(2027, 1, 15)
OTHER_VILLAGE = "513431101001"
COOKBOOK = Path(__file__).resolve().parents[2] / "docs" / "cookbook.md"


def _night(
    home: Home, number: int, night: date, households: list[dict[str, Any]], persons: list[dict[str, Any]],
    decisions: list[tuple[str, str, date]],
) -> None:  # fmt: skip
    account = {"submitter": COUNTY, "submitter_kind": "county", "county_id": COUNTY, "night": night}
    write(home, "accounts", night, [account])
    write(home, "attempts", night, [attempt(number, night)])
    rows = {"households": households, "persons": persons}
    write(home, "conservation", night, [counted(number, night, name, len(of)) for name, of in rows.items()])
    write(home, "accepted", night, households, "households")
    write(home, "accepted", night, persons, "persons")
    acts = [
        sent(
            number, night, row, decision_id=f"{act}-{who}", household_id=who, act=act, office_unit_id="U1",
            decided_on=day, reason="other",
        )
        for row, (who, act, day) in enumerate(decisions, 2)
    ]  # fmt: skip
    write(home, "accepted", night, acts, "decisions")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A warehouse in January, after nights in November, December and January."""
    home = Home(tmp_path_factory.mktemp("months") / "home")
    everybody = ["stays", "exits", "exits late", "splits", "merges", "moves", "exited"]
    first = [household(1, NOVEMBER, row, who) for row, who in enumerate(everybody, 2)]
    first[-1] = household(1, NOVEMBER, 8, "exited", exit_flag="1")
    first[1] = household(1, NOVEMBER, 3, "exits", income_year=2022, wage_income=4800)
    members = [person(1, NOVEMBER, row, who, 1) for row, who in enumerate(everybody, 2)]
    members.append(person(1, NOVEMBER, 20, "splits", 2))
    _night(home, 1, NOVEMBER, first, members, [("exited", "exit", date(2019, 12, 1))])

    changed = [
        household(2, DECEMBER, 2, "exits", exit_flag="1", income_year=2023, wage_income=4800),
        household(2, DECEMBER, 3, "enters", registered_on=date(2026, 12, 10), wage_income=0),
        household(2, DECEMBER, 4, "split off", registered_on=date(2026, 12, 11)),
        household(2, DECEMBER, 5, "merges", operation="close", close_reason="merged", closed_on=DECEMBER),
        household(2, DECEMBER, 6, "moves", village_code=OTHER_VILLAGE, wage_income=0),
        household(2, DECEMBER, 7, "exited", exit_flag="3"),
    ]
    people = [
        person(2, DECEMBER, 2, "enters", 1),
        person(2, DECEMBER, 3, "split off", 1, person_key="hash-splits-2"),
        person(2, DECEMBER, 4, "splits", 2, operation="close", close_reason="split", closed_on=DECEMBER),
    ]
    acts = [("exits", "exit", DECEMBER), ("merges", "remove", DECEMBER), ("exited", "return", DECEMBER)]
    _night(home, 2, DECEMBER, changed, people, acts)

    # In January the county tells of an exit and a loss of November, and again what one household had in November.
    told = [
        household(3, JANUARY, 2, "exits late", as_of=date(2026, 11, 25), exit_flag="1"),
        household(3, JANUARY, 3, "stays", as_of=NOVEMBER, wage_income=0),
        household(3, JANUARY, 4, "moves", as_of=date(2026, 11, 25), wage_income=0),
        household(3, JANUARY, 5, "splits", wage_income=8000),
    ]
    _night(home, 3, JANUARY, told, [], [("exits late", "exit", date(2026, 11, 24))])
    settings = Settings(home=home.root)
    prepare(home, settings)
    chosen = ["+zone__movements_monthly", "+household__status_breaches", "+household__status_history"]
    chosen += ["+zone__poverty_monthly", "+zone__change_explained", "+quality__restatements"]
    left = ["--exclude-resource-type", "unit_test", "test"]
    run_dbt(home, settings, JANUARY, ["build", "--select", *chosen, *left])
    return home


def _rows(home: Home, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        return connection.execute(query).fetchall()


FLOWS = ["first_reported", "entered", "returned", "exited", "closed", "moved_in", "moved_out", "split_in", "split_out"]
FLOWS += ["merged_in", "merged_out", "late_entries", "late_exits"]


def _movements(home: Home, area_kind: str, area_code: str) -> dict[tuple[str, str], dict[str, int]]:
    """Opening, closing and the flows that are not zero, by month and vintage."""
    names = ["opening", *FLOWS, "closing"]
    rows = _rows(
        home,
        f"select strftime(month, '%Y-%m'), vintage, {', '.join(names)} from zone.movements_monthly"
        f" where area_kind = '{area_kind}' and area_code = '{area_code}'",
    )
    return {
        (month, vintage): {n: v for n, v in zip(names, values, strict=True) if v or n in {"opening", "closing"}}
        for month, vintage, *values in rows
    }


@pytest.mark.parametrize(("area_kind", "area_code"), [("nation", "CN"), ("county", COUNTY)])
def test_every_household_comes_and_leaves_once(played: Home, area_kind: str, area_code: str) -> None:
    """Late news of November changes November where it is restated, and never the month as it was cut."""
    december = {"entered": 1, "returned": 1, "exited": 1, "split_in": 1, "merged_out": 1}
    assert _movements(played, area_kind, area_code) == {
        ("2026-11", "cut"): {"opening": 0, "first_reported": 6, "closing": 6},
        ("2026-11", "restated"): {"opening": 0, "first_reported": 5, "closing": 5},
        ("2026-12", "cut"): {"opening": 6, **december, "closing": 7},
        ("2026-12", "restated"): {"opening": 5, **december, "closing": 6},
        ("2027-01", "running"): {"opening": 7, "exited": 1, "late_exits": 1, "closing": 6},
    }


def test_a_move_is_a_flow_of_the_townships_alone(played: Home) -> None:
    new_township = _movements(played, "township", OTHER_VILLAGE[:9])
    assert new_township["2026-12", "cut"] == {"opening": 0, "moved_in": 1, "closing": 1}
    assert _movements(played, "township", COUNTY + "100")["2026-12", "cut"]["moved_out"] == 1


def _explained(home: Home, figure: str, area_kind: str, area_code: str) -> dict[tuple[str, str, str], dict[str, str]]:
    """Households that came into a figure and left it, as +came-went by kind; by month, vintage, what it is beside."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for month, vintage, beside, kind, came, went in _rows(
        home,
        "select strftime(month, '%Y-%m'), vintage, compared_with, kind, came, went from zone.change_explained"
        f" where area_kind = '{area_kind}' and area_code = '{area_code}' and figure = '{figure}'"
        " and weight = 'households'",
    ):
        found.setdefault((month, vintage, beside), {})[kind] = f"+{came}-{went}"
    return found


@pytest.mark.parametrize(("area_kind", "area_code"), [("nation", "CN"), ("county", COUNTY)])
def test_each_change_of_the_poor_is_explained(played: Home, area_kind: str, area_code: str) -> None:
    """`enters` came below the line in December, `splits` rose above it in January; the rest is news of November.

    That `moves` had fallen in November, December's cut knew and November's did not: late. What `stays` had was told
    wrong to both cuts: it explains nothing between the two, and January beside December's cut.
    """
    assert _explained(played, "below_poverty_line", area_kind, area_code) == {
        ("2026-11", "restated", "as_cut"): {"late": "+1-0", "corrected": "+1-0"},
        ("2026-12", "restated", "as_cut"): {"corrected": "+1-0"},
        ("2026-12", "restated", "month_before"): {"real": "+1-0"},
        ("2026-12", "cut", "month_before"): {"real": "+1-0", "late": "+1-0"},
        ("2027-01", "running", "month_before"): {"real": "+0-1", "corrected": "+1-0"},
    }


def test_a_line_that_rose_is_told_apart_from_what_befell_the_households(played: Home) -> None:
    """`exits` has 6,800 yuan in its income year 2022 (the range ends at 6,500) and in 2023 (it ends at 7,000)."""
    december = {"rule_changed": "+1-0", "real": "+2-1"}
    assert _explained(played, "below_monitoring_range", "county", COUNTY) == {
        ("2026-12", "restated", "month_before"): december,
        ("2026-12", "cut", "month_before"): december,
    }


def test_who_entered_left_or_moved_changes_the_registered(played: Home) -> None:
    assert _explained(played, "registered", "county", COUNTY)["2026-12", "cut", "month_before"] == {"real": "+2-1"}
    assert _explained(played, "registered", "village", OTHER_VILLAGE) == {
        ("2026-12", "restated", "month_before"): {"real": "+1-0"},
        ("2026-12", "cut", "month_before"): {"real": "+1-0"},
    }


def test_the_cookbook_tells_a_county_why_its_count_changed(played: Home) -> None:
    """The very SQL of the cookbook, on three months; its own country has one."""
    (asked,) = [sql for sql in questions(COOKBOOK.read_text(encoding="utf-8")) if "zone.change_explained" in sql]
    assert _rows(played, asked.replace("513437", COUNTY)) == [
        (date(2026, 11, 1), None, 1, 0, 0, 0, 0),
        (date(2026, 12, 1), 1, 3, 1, 1, 0, 0),
        (date(2027, 1, 1), 3, 3, -1, 0, 1, 0),
    ]


def test_the_explanations_add_up(played: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """By the project's own test, to the person, and by the gate."""
    run_dbt(played, Settings(home=played.root), JANUARY, ["test", "--select", "changes_add_up"])
    assert "PASS=1 " in capsys.readouterr().out
    measured = _measured(played, "explained")
    assert len([row for row in measured if row[1]]) > 20
    assert [row for row in measured if row[1] != row[2]] == []


#: What stands on the standards between the seed and the explained changes.
_ON_STANDARDS = [
    "int_standard_versions", "int_cut_standards", "int_county_lines", "int_household_incomes",
    "int_household_conditions", "int_registered_households", "int_household_deprivations", "int_deprivation_scores",
    "int_deprivation_measures", "int_poverty_inputs", "int_poverty_measures", "path:models/intermediate/change",
    "zone__change_explained", "changes_add_up", "quality__restatements", "restatements_are_explained",
]  # fmt: skip


@pytest.fixture(scope="module")
def line_known_late(played: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The same warehouse when on 10 January it became known that the line since 2021 was 2,500 yuan and not 4,000."""
    home = Home(tmp_path_factory.mktemp("late") / "home")
    shutil.copytree(played.root, home.root)
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute(
            """insert into seeds.standards select * replace (
                'known late' as standard_id, date '2027-01-10' as known_from, 2500 as value)
            from seeds.standards where standard_id = 'poverty_line_national_2021'"""
        )
    arguments = ["build", "--select", *_ON_STANDARDS, "--indirect-selection", "empty", "--exclude-resource-type"]
    run_dbt(home, Settings(home=home.root), JANUARY, [*arguments, "unit_test"])
    return home


def test_a_line_known_late_changes_no_month_that_was_cut(played: Home, line_known_late: Home) -> None:
    for table in ("int_poverty_measures", "int_deprivation_measures"):
        cut, restated = (
            f"select * from intermediate.{table} where cut_id like '{name}-%' order by all"
            for name in ("month", "restated")
        )
        assert _rows(line_known_late, cut) == _rows(played, cut) != []
        assert _rows(line_known_late, restated) != _rows(played, restated)


def test_a_line_known_late_is_a_rule_that_changed_beside_the_cut(line_known_late: Home) -> None:
    """`splits` has 3,000 yuan: it was below the line that the cuts knew. Neither cut knew the other line: nothing.

    `stays` and `moves` have 2,000 yuan and came below either line, as they did without it.
    """
    assert _explained(line_known_late, "below_poverty_line", "county", COUNTY) == {
        ("2026-11", "restated", "as_cut"): {"rule_changed": "+0-1", "late": "+1-0", "corrected": "+1-0"},
        ("2026-12", "restated", "as_cut"): {"rule_changed": "+0-1", "corrected": "+1-0"},
        ("2026-12", "restated", "month_before"): {"real": "+1-0"},
        ("2026-12", "cut", "month_before"): {"real": "+1-0", "late": "+1-0"},
        ("2027-01", "running", "month_before"): {"rule_changed": "+0-1", "corrected": "+1-0"},
    }


def test_a_month_restated_by_a_rule_says_so(line_known_late: Home) -> None:
    """December's one household above the new line and one told again cancel out: its value is not restated."""
    restated = {key[:2]: counts for key, counts in _restated(line_known_late, "county").items()}
    assert restated["2026-11", "below_poverty_line"] == [1, 1, 1, 1, 1]
    assert ("2026-12", "below_poverty_line") not in restated


def _measured(home: Home, measure: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.warehouse}' as w (read_only)")
        scratch = Scratch(connection, home, Settings(home=home.root), JANUARY)
        return connection.execute(MEASURES[measure](scratch)).fetchall()


def test_the_gate_finds_every_month_in_balance(played: Home) -> None:
    measured = _measured(played, "movements")
    assert len(measured) > 20
    wrong = [row for row in measured if not (row[1] == row[2] == row[3] and row[4] == row[5])]
    assert wrong == []


def test_the_history_of_what_happened_has_no_breach(played: Home) -> None:
    who = f"household_key = '{COUNTY}-exited' and track = 'registered'"
    history = _rows(
        played, f"select state, valid_from, valid_until from household.status_history where {who} order by 2"
    )
    assert history == [("exited", NOVEMBER, DECEMBER), ("returned", DECEMBER, None)]
    assert _rows(played, "select household_key, breach from household.status_breaches") == []


def _restated(home: Home, area_kind: str) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    """Areas, areas restated, late, corrected and by rule, of figures of households by month, figure and mart."""
    rows = _rows(
        home,
        "select strftime(month, '%Y-%m'), figure, mart, areas, areas_restated, areas_late, areas_corrected,"
        f" areas_rule_changed from quality.restatements where area_kind = '{area_kind}' and weight = 'households'",
    )
    return {(month, figure, mart): counts for month, figure, mart, *counts in rows}


def test_a_month_that_was_cut_says_how_far_it_was_restated(played: Home) -> None:
    """November came to hold two poor households more and one on the register less; December one poor one more."""
    poverty, movements = "zone.poverty_monthly", "zone.movements_monthly"
    for level in ("nation", "county"):
        assert _restated(played, level) == {
            ("2026-11", "below_poverty_line", poverty): [1, 1, 1, 1, 0],
            ("2026-12", "below_poverty_line", poverty): [1, 1, 0, 1, 0],
            ("2026-11", "first_reported", movements): [1, 1, None, None, None],
            ("2026-11", "closing", movements): [1, 1, None, None, None],
            ("2026-12", "opening", movements): [1, 1, None, None, None],
            ("2026-12", "closing", movements): [1, 1, None, None, None],
        }, level


def test_no_restatement_tells_of_a_few_households(played: Home) -> None:
    assert _rows(played, "select distinct largest_change, national_change from quality.restatements") == [(0, 0)]


def test_restatements_agree_with_their_explanations(played: Home, capsys: pytest.CaptureFixture[str]) -> None:
    run_dbt(played, Settings(home=played.root), JANUARY, ["test", "--select", "restatements_are_explained"])
    assert "PASS=1 " in capsys.readouterr().out
