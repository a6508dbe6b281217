"""Three months of a county of which every household is known: stocks and flows balance, and late news is told apart."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from expectations.measure import Scratch
from expectations.suites.marts import MEASURES
from include.home import Home
from include.settings import Settings
from include.warehouse.dbt import prepare, run_dbt
from tests.dbt.tiny_lake import COUNTY, attempt, counted, household, person, sent, write

NOVEMBER, DECEMBER, JANUARY = date(2026, 11, 20), date(2026, 12, 18), date(2027, 1, 15)
OTHER_VILLAGE = "513431101001"


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
    members = [person(1, NOVEMBER, row, who, 1) for row, who in enumerate(everybody, 2)]
    members.append(person(1, NOVEMBER, 20, "splits", 2))
    _night(home, 1, NOVEMBER, first, members, [("exited", "exit", date(2019, 12, 1))])

    changed = [
        household(2, DECEMBER, 2, "exits", exit_flag="1"),
        household(2, DECEMBER, 3, "enters", registered_on=date(2026, 12, 10)),
        household(2, DECEMBER, 4, "split off", registered_on=date(2026, 12, 11)),
        household(2, DECEMBER, 5, "merges", operation="close", close_reason="merged", closed_on=DECEMBER),
        household(2, DECEMBER, 6, "moves", village_code=OTHER_VILLAGE),
        household(2, DECEMBER, 7, "exited", exit_flag="3"),
    ]
    people = [
        person(2, DECEMBER, 2, "enters", 1),
        person(2, DECEMBER, 3, "split off", 1, person_key="hash-splits-2"),
        person(2, DECEMBER, 4, "splits", 2, operation="close", close_reason="split", closed_on=DECEMBER),
    ]
    acts = [("exits", "exit", DECEMBER), ("merges", "remove", DECEMBER), ("exited", "return", DECEMBER)]
    _night(home, 2, DECEMBER, changed, people, acts)

    # In January the county tells of an exit that was decided in November.
    late = [household(3, JANUARY, 2, "exits late", as_of=date(2026, 11, 25), exit_flag="1")]
    _night(home, 3, JANUARY, late, [], [("exits late", "exit", date(2026, 11, 24))])
    settings = Settings(home=home.root)
    prepare(home, settings)
    chosen = ["+zone__movements_monthly", "+household__status_breaches", "+household__status_history"]
    left = ["--exclude-resource-type", "unit_test", "test"]
    assert run_dbt(home, settings, JANUARY, ["build", "--select", *chosen, *left]) == 0
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


def test_the_gate_finds_every_month_in_balance(played: Home) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{played.warehouse}' as w (read_only)")
        scratch = Scratch(connection, played, Settings(home=played.root), JANUARY)
        measured = connection.execute(MEASURES["movements"](scratch)).fetchall()
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
