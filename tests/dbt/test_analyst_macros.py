"""What was closed later was there before: the analysts' macros on versions that a test writes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb
import pytest
import yaml

from include.warehouse.publish import create_macros
from include.warehouse.sources import PROJECT

OPENED, CLOSED = date(2026, 1, 1), date(2026, 8, 1)
BEFORE, AFTER = date(2026, 7, 31), CLOSED
K = "513431-1"
UPSERT = {"version": 1, "operation": "upsert", "as_of": OPENED, "known_at": "2026-01-01 22:00:00"}
CLOSE = {"version": 2, "operation": "close", "as_of": CLOSED, "known_at": "2026-08-01 22:00:00"}
ENDED = {**CLOSE, "close_reason": "ended", "closed_on": CLOSED}
AN_ERROR = {**CLOSE, "close_reason": "entered_in_error", "closed_on": CLOSED}
ANNOUNCED = {**ENDED, "as_of": date(2026, 7, 1), "known_at": "2026-07-01 22:00:00"}
REOPENED = {**UPSERT, "version": 3, "as_of": date(2026, 9, 1), "known_at": "2026-09-01 22:00:00"}
CHARGE = {"household_key": K, "staff_key": "513431-S1", "from_date": OPENED}
HOUSE = {
    "household_key": K, "measure_key": "513431-m1", "measure_code": "M-HOUSE", "standing": "delivered",
    "offered_on": date(2025, 1, 1), "accepted_on": date(2025, 1, 5), "delivered_on": date(2025, 6, 1),
}  # fmt: skip
REMOVED = {"household_key": K, "act": "remove", "decided_on": CLOSED, "known_at": CLOSE["known_at"]}


class Marts:
    """The marts' household and neighbouring tables, empty, with the macros; a test writes what it asks about."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        for schema in ("household", "responsibility", "zone", "quality"):
            self.connection.execute(f"create schema {schema}")
        for path in sorted((PROJECT / "models" / "marts").rglob("*__*.yml")):
            for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
                schema, _, table = model["name"].partition("__")
                columns = ", ".join(f'"{column["name"]}" {column["data_type"]}' for column in model["columns"])
                self.connection.execute(f"create table {schema}.{table} ({columns})")
        create_macros(self.connection)

    def write(self, table: str, *rows: Mapping[str, Any]) -> None:
        """Rows take the place of what the table holds."""
        self.connection.execute(f"delete from {table}")
        for row in rows:
            marks = ", ".join("?" * len(row))
            self.connection.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", list(row.values()))

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of an answer."""
        return self.connection.execute(query).fetchall()


@pytest.fixture
def marts() -> Marts:
    """Empty marts."""
    return Marts()


def in_charge(marts: Marts, day: date, known: str = "2026-11-20") -> list[tuple[Any, ...]]:
    return marts.ask(
        "select staff_key, to_date from responsibility.assignments_as_of("
        f"date '{day}', known_at := timestamp '{known} 22:00:00')"
    )


def standing(marts: Marts, day: date, known: str = "2026-11-20") -> list[tuple[Any, ...]]:
    return marts.ask(
        f"select standing from household.measures_as_of(date '{day}', known_at := timestamp '{known} 22:00:00')"
    )


def households(marts: Marts, day: date, known: str = "2026-11-20") -> list[tuple[Any, ...]]:
    return marts.ask(
        f"select version, main_cause from household.households_as_of(date '{day}', "
        f"known_at := timestamp '{known} 22:00:00')"
    )


def story(marts: Marts, *kinds: str) -> list[tuple[Any, ...]]:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return marts.ask(f"select valid_on, what from household.household_story('{K}') where kind in ({listed})")


def test_who_was_in_charge_stays_so_for_the_days_before_the_close(marts: Marts) -> None:
    marts.write("responsibility.assignment_versions", CHARGE | UPSERT, CHARGE | ENDED)
    assert in_charge(marts, BEFORE) == [("513431-S1", BEFORE)]
    assert in_charge(marts, AFTER) == []
    assert in_charge(marts, AFTER, known="2026-07-31") == [("513431-S1", None)], "nobody knew of the close"


def test_a_close_announced_counts_from_its_day(marts: Marts) -> None:
    marts.write("responsibility.assignment_versions", CHARGE | UPSERT, CHARGE | ANNOUNCED)
    marts.write("household.measure_versions", HOUSE | UPSERT, HOUSE | ANNOUNCED)
    marts.write("household.household_versions", {"household_key": K} | UPSERT, {"household_key": K} | ANNOUNCED)
    marts.write("household.decisions", REMOVED | {"decided_on": date(2026, 6, 30), "known_at": ANNOUNCED["known_at"]})
    found = [len(ask(marts, day)) for ask in (in_charge, standing, households) for day in (BEFORE, AFTER)]
    assert found == [1, 0] * 3


def test_what_was_entered_in_error_never_was_once_that_is_known(marts: Marts) -> None:
    marts.write("responsibility.assignment_versions", CHARGE | UPSERT, CHARGE | AN_ERROR)
    marts.write("household.measure_versions", HOUSE | UPSERT, HOUSE | AN_ERROR)
    assert (in_charge(marts, BEFORE), standing(marts, BEFORE)) == ([], [])
    assert in_charge(marts, BEFORE, known="2026-07-31") == [("513431-S1", None)]
    assert standing(marts, BEFORE, known="2026-07-31") == [("delivered",)]


def test_a_close_that_was_corrected_to_an_error_takes_the_measure_back_from_then_on(marts: Marts) -> None:
    corrected = {**AN_ERROR, "version": 3, "known_at": "2026-08-02 22:00:00"}
    marts.write("household.measure_versions", HOUSE | UPSERT, HOUSE | ENDED, HOUSE | corrected)
    assert standing(marts, BEFORE) == []
    assert standing(marts, BEFORE, known="2026-08-01") == [("delivered",)], "nobody knew of the correction"


def test_what_was_taken_up_again_stands(marts: Marts) -> None:
    marts.write("responsibility.assignment_versions", CHARGE | UPSERT, CHARGE | AN_ERROR, CHARGE | REOPENED)
    marts.write("household.measure_versions", HOUSE | UPSERT, HOUSE | ENDED, HOUSE | REOPENED)
    assert in_charge(marts, BEFORE) == [("513431-S1", None)]
    assert standing(marts, date(2026, 11, 20)) == [("delivered",)]


def test_a_house_delivered_before_the_measure_was_closed_was_delivered(marts: Marts) -> None:
    marts.write("household.measure_versions", HOUSE | UPSERT, HOUSE | ENDED)
    days = (date(2025, 1, 2), date(2025, 6, 1), BEFORE, AFTER)
    assert [standing(marts, day) for day in days] == [[("offered",)], [("delivered",)], [("delivered",)], []]


def test_a_household_that_no_office_let_go_stays_as_it_last_stood(marts: Marts) -> None:
    """As in household.households: int_accepted_households asks for the same decision."""
    first = {"household_key": K, "main_cause": "01"} | UPSERT
    marts.write("household.household_versions", first, {"household_key": K} | ENDED)
    assert households(marts, AFTER) == [(1, "01")]
    marts.write("household.decisions", REMOVED)
    assert (households(marts, BEFORE), households(marts, AFTER)) == ([(1, "01")], [])
    assert households(marts, AFTER, known="2026-07-31") == [(1, "01")]
    taken_in = {**REMOVED, "act": "return", "decided_on": date(2026, 8, 2), "known_at": "2026-08-02 22:00:00"}
    marts.write("household.decisions", REMOVED, taken_in)
    assert households(marts, AFTER) == []
    assert households(marts, date(2026, 8, 2)) == [(1, "01")], "it was taken in again after it was let go"


def test_an_exit_of_before_a_risk_ends_no_household(marts: Marts) -> None:
    watched = {"household_key": K, "main_cause": "01", "monitoring_class": "1", "risk_status": "1"} | UPSERT
    exited = {**REMOVED, "act": "exit", "decided_on": date(2020, 1, 1), "known_at": UPSERT["known_at"]}
    marts.write("household.household_versions", watched, {"household_key": K} | ENDED)
    marts.write("household.decisions", exited)
    assert households(marts, AFTER) == [(1, "01")]
    marts.write("household.decisions", exited | {"decided_on": CLOSED})
    assert households(marts, AFTER) == []


def test_the_story_tells_that_the_helper_left_and_a_close_is_no_cause(marts: Marts) -> None:
    told = {"household_key": K, "main_cause": "01", "village_code": "513431100001"}
    marts.write("household.household_versions", told | UPSERT, {"household_key": K} | ENDED, told | REOPENED)
    marts.write("responsibility.assignment_versions", CHARGE | UPSERT, CHARGE | ENDED)
    assert story(marts, "cause", "place") == [
        (OPENED, "main cause: 01"),
        (OPENED, "lives in 513431100001"),
    ], "what the household said again after the close is nothing new"
    assert story(marts, "helper") == [
        (OPENED, "513431-S1 takes charge"),
        (CLOSED, "513431-S1 is no longer in charge"),
    ]
    marts.write("responsibility.assignment_versions", CHARGE | UPSERT, CHARGE | AN_ERROR)
    assert story(marts, "helper")[1:] == [(CLOSED, "513431-S1 never was in charge: entered in error")]
