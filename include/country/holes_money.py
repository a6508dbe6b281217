"""Holes of money: idle for one and for two years, paid twice, paid without help, help without money."""

from __future__ import annotations

import numpy as np

from include.country.facts import measures
from include.country.holes import Hole, Place, Plant
from include.country.households import blank
from include.country.money import PROJECT_WIDTH, SOURCE
from include.country.tables import NULL, Ints, Table, concat, full, take

_IDLE, _IDLE_LONG, _SECOND, _UNUSED = 2, 3, 4, 5
"""Last digit of a planted project's number; a project of this country ends in 0 or 1 (money.py)."""


def _project(place: Place, measure: int, digit: int) -> int:
    return place.number * PROJECT_WIDTH + 10 * (measure + 1) + digit


def _fund(place: Place, project: int, *, allocated: int, disbursed: int, days: int, source: str = "central") -> None:
    """A project of the county: allocated so many days ago, paid a month later. Money in fen."""
    day = place.state.first_day - days
    row: Table = {
        "project_id": full(1, project), "fund_source": full(1, SOURCE[source]),
        "measure_code": full(1, project % PROJECT_WIDTH // 10 - 1), "place_code": full(1, place.number),
        "allocated": full(1, allocated), "allocated_on": full(1, day), "disbursed": full(1, disbursed),
        "disbursed_on": full(1, day + 30 if disbursed else NULL), **blank(1, 0),
    }  # fmt: skip
    rows = concat(place.table("funds"), row)
    place.state.tables["funds"] = take(rows, np.argsort(rows["project_id"], kind="stable"))


def _paid(place: Place) -> Ints:
    """Delivered measures that a project pays, of households no hole is in."""
    m = place.table("measures")
    return np.flatnonzero((m["project_id"] != NULL) & place.free(m["household_id"])).astype(np.int64)


def _idle(place: Place, kind: str, digit: int, days: int) -> list[Hole]:
    at = place.one(_paid(place))
    if at is None:
        return []
    project = _project(place, int(place.table("measures")["measure_code"][at]), digit)
    _fund(place, project, allocated=80_000_000, disbursed=30_000_000, days=days)
    return [Hole(place.state.county.code, kind, place.project_key(project))]


def _idle_one_year(place: Place) -> list[Hole]:
    """Money of which the greater part was not paid within thirteen months."""
    return _idle(place, "idle", _IDLE, 400)


def _idle_two_years(place: Place) -> list[Hole]:
    """Money of which the greater part was not paid within two years and two months."""
    return _idle(place, "idle_long", _IDLE_LONG, 800)


def _paid_twice(place: Place) -> list[Hole]:
    """One delivery told twice, and paid by a project of another source the second time."""
    m = place.table("measures")
    recent = _paid(place)
    recent = recent[m["delivered_on"][recent] > place.state.first_day - 200]
    at = place.one(recent)
    if at is None:
        return []
    row = take(m, np.array([at]))
    household, measure = int(row["household_id"][0]), int(row["measure_code"][0])
    project = _project(place, measure, _SECOND)
    amount = int(row["amount"][0])
    row["measure_id"], row["project_id"] = m["measure_id"].max() + full(1, 1), full(1, project)
    place.state.tables["measures"] = concat(m, row)
    first = place.table("funds")["fund_source"][place.table("funds")["project_id"] == m["project_id"][at]][0]
    source = "social" if first != SOURCE["social"] else "county"
    days = place.state.first_day - int(row["delivered_on"][0]) + 40
    _fund(place, project, allocated=amount, disbursed=amount, days=days, source=source)
    place.take_household(household)
    person = int(row["person_no"][0])
    who = "" if person == NULL else str(person)
    key = f"{place.household_key(household)} {who} {measures()[measure].code}"
    return [Hole(place.state.county.code, "double_funding", key)]


def _help_without_money(place: Place) -> list[Hole]:
    """A measure that was delivered at a cost, and no project says that it paid."""
    m, funds = place.table("measures"), place.table("funds")
    rows = _paid(place)
    _, inverse, counts = np.unique(m["project_id"][rows], return_inverse=True, return_counts=True)
    at = place.one(rows[counts[inverse] > 2])
    if at is None:
        return []
    payer = funds["project_id"] == m["project_id"][at]
    for column in ("allocated", "disbursed"):
        funds[column][payer] -= m["amount"][at]
    m["project_id"][at] = NULL
    place.take_household(int(m["household_id"][at]))
    code = measures()[int(m["measure_code"][at])].code
    return [Hole(place.state.county.code, "coverage_without_money", f"{place.state.county.code}-{code}")]


def _money_without_help(place: Place) -> list[Hole]:
    """A project paid out ten months ago for a measure that nobody in the county ever got or was offered."""
    offered = np.unique(place.table("measures")["measure_code"])
    tasks = np.unique(place.table("tasks")["measure_code"])
    unknown = [
        number
        for number, measure in enumerate(measures())
        if measure.bearer == "household" and number not in offered and number not in tasks and not measure.floor
    ]
    measure = place.one(np.array(unknown, dtype=np.int64))
    if measure is None:
        return []
    project = _project(place, measure, _UNUSED)
    _fund(place, project, allocated=50_000_000, disbursed=50_000_000, days=300)
    return [Hole(place.state.county.code, "money_without_coverage", place.project_key(project))]


KINDS: tuple[Plant, ...] = (_idle_one_year, _idle_two_years, _paid_twice, _help_without_money, _money_without_help)
