"""Holes in the chain of duty, overloads, and visits that were not made or cannot have been."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from include.country.facts import standard
from include.country.holes import Hole, Place, Plant
from include.country.households import blank
from include.country.offices import LEVEL, ROLE
from include.country.state import WIDTH
from include.country.tables import NULL, Ints, Table, concat, full, index_of, take

_AT_HOME = index_of("visit_kind")["1"]


def _hole(place: Place, kind: str, key: str) -> list[Hole]:
    return [Hole(place.state.county.code, kind, key)]


def _links(place: Place, role: str, level: str) -> Ints:
    """Rows of staff that lead places no hole is in; of villages those with households."""
    s = place.table("staff")
    rows = (s["role"] == ROLE[role]) & (s["level"] == LEVEL[level]) & (s["to_date"] == NULL)
    rows &= ~np.isin(s["place_code"], np.array(sorted(place.places), dtype=np.int64))
    lived_in = np.unique(place.table("households")["village_code"])
    rows &= np.isin(s["place_code"], lived_in if level == "village" else np.unique(lived_in // 1000))
    return np.flatnonzero(rows).astype(np.int64)


def _vacant(place: Place) -> list[Hole]:
    """A village that nobody ever led: neither leader nor first secretary is on the list."""
    at = place.one(_links(place, "leader", "village"))
    if at is None:
        return []
    staff, tasks = place.table("staff"), place.table("tasks")
    code = int(staff["place_code"][at])
    gone = (staff["place_code"] == code) & np.isin(staff["role"], [ROLE["leader"], ROLE["first_secretary"]])
    tasks["staff_id"][np.isin(tasks["staff_id"], staff["staff_id"][gone])] = NULL
    place.state.tables["staff"] = take(staff, ~gone)
    place.places.add(code)
    return _hole(place, "nobody_in_charge", str(code))


def _left(place: Place) -> list[Hole]:
    """A township whose leader left, and nobody came."""
    at = place.one(_links(place, "leader", "township"))
    if at is None:
        return []
    staff = place.table("staff")
    staff["to_date"][at] = place.state.first_day - 45
    code = int(staff["place_code"][at])
    place.places.add(code)
    return _hole(place, "holder_left", str(code))


def _another(place: Place, at: int) -> Table:
    """A further member of staff, like that of a row, with the next number of the list."""
    fresh = take(place.table("staff"), np.array([at]))
    fresh["staff_id"] = place.table("staff")["staff_id"].max() + full(1, 1)
    return fresh


def _two(place: Place) -> list[Hole]:
    """A village with two leaders at once."""
    at = place.one(_links(place, "leader", "village"))
    if at is None:
        return []
    fresh = _another(place, at)
    fresh["from_date"] = full(1, place.state.first_day - 100)
    code = int(fresh["place_code"][0])
    place.state.tables["staff"] = concat(place.table("staff"), fresh)
    place.places.add(code)
    return _hole(place, "two_in_charge", str(code))


def _late_successor(place: Place) -> list[Hole]:
    """A township that was without a leader for two months before the next one came."""
    at = place.one(_links(place, "leader", "township"))
    if at is None:
        return []
    fresh = _another(place, at)
    fresh["from_date"] = full(1, place.state.first_day - 60)
    staff = place.table("staff")
    staff["to_date"][at] = place.state.first_day - 121
    code = int(staff["place_code"][at])
    place.state.tables["staff"] = concat(staff, fresh)
    place.places.add(code)
    return _hole(place, "hand_over_gap", str(code))


def _see(place: Place, household: int, days: tuple[int, ...]) -> None:
    """The household's visits are those so many days ago, by its helper, and no others."""
    v, a = place.table("visits"), place.table("assignments")
    _keep_visits(place, take(v, v["household_id"] != household))
    helper = a["staff_id"][np.flatnonzero(a["household_id"] == household)[-1]]
    n = len(days)
    if n:
        rows: Table = {
            "household_id": full(n, household), "staff_id": full(n, int(helper)),
            "visited_on": place.state.first_day - np.array(days, dtype=np.int64), "visit_kind": full(n, _AT_HOME),
        }  # fmt: skip
        _add_visits(place, rows)


def _add_visits(place: Place, rows: Table) -> None:
    n = len(rows["household_id"])
    _keep_visits(place, concat(place.table("visits"), {"visit_id": full(n), **rows, **blank(n, 0)}))


def _keep_visits(place: Place, rows: Table) -> None:
    """The county's visits, numbered anew without a hole: later visits take the numbers after them (state.py)."""
    n = len(rows["visit_id"])
    rows["visit_id"] = place.number * WIDTH["visits"] + 1 + np.arange(n, dtype=np.int64)
    place.state.tables["visits"] = rows


def _household(place: Place, kind: str) -> tuple[int, int, list[Hole]] | None:
    """A row of assignments to plant in, its household, and the line of the key."""
    at = place.one(place.charges())
    if at is None:
        return None
    household = int(place.table("assignments")["household_id"][at])
    place.take_household(household)
    return at, household, _hole(place, kind, place.household_key(household))


def _no_helper(place: Place) -> list[Hole]:
    """A household in need whose helper's charge ended, and nobody was put in charge."""
    chosen = _household(place, "no_helper")
    if chosen is None:
        return []
    at, household, holes = chosen
    _see(place, household, (50, 30))
    place.table("assignments")["to_date"][at] = place.state.first_day - 25
    return holes


def _helper_left(place: Place) -> list[Hole]:
    """A helper who left, and whose households were told nothing: each of them in need is a hole."""
    a, s = place.table("assignments"), place.table("staff")
    rows = place.charges()
    spoken_for = a["staff_id"][~place.free(a["household_id"])]
    at = place.one(rows[~np.isin(a["staff_id"][rows], spoken_for)])
    if at is None:
        return []
    helper = a["staff_id"][at]
    s["to_date"][s["staff_id"] == helper] = place.state.first_day - 20
    place.staff.add(int(helper))
    here = (a["staff_id"] == helper) & (a["to_date"] == NULL)
    holes = []
    for household in a["household_id"][here].tolist():
        place.take_household(household)
        _see(place, household, (60, 30))
        if _in_need(place, household):
            holes += _hole(place, "helper_not_in_office", place.household_key(household))
    return holes


def _in_need(place: Place, household: int) -> bool:
    """Whether the household needs help on every night of the country."""
    from include.country.truth import in_need

    h, asks = place.table("households"), place.table("applications")
    needy = in_need(place.state.county.line, h, asks)
    return bool(needy[np.searchsorted(h["household_id"], household)])


def _two_helpers(place: Place) -> list[Hole]:
    """A household that two helpers are in charge of."""
    chosen = _household(place, "two_helpers")
    if chosen is None:
        return []
    at, household, holes = chosen
    _see(place, household, (50, 30))
    _charge(place, at, from_date=place.state.first_day - 90, to_date=NULL)
    return holes


def _charge(place: Place, at: int, from_date: int, to_date: int) -> None:
    """A charge of the same household for another helper of the county."""
    a, s = place.table("assignments"), place.table("staff")
    others = (s["role"] == ROLE["helper"]) & (s["to_date"] == NULL) & (s["staff_id"] != a["staff_id"][at])
    load = np.bincount(
        np.searchsorted(s["staff_id"], a["staff_id"][a["to_date"] == NULL]).clip(max=len(s["staff_id"]) - 1),
        minlength=len(s["staff_id"]),
    )
    least = np.flatnonzero(others)[np.argmin(load[others])]
    fresh = take(a, np.array([at]))
    fresh["staff_id"], fresh["from_date"], fresh["to_date"] = (
        s["staff_id"][[least]],
        full(1, from_date),
        full(1, to_date),
    )
    rows = concat(a, fresh)
    order = np.argsort(rows["household_id"], kind="stable")
    place.state.tables["assignments"] = take(rows, order)


def _late_helper(place: Place) -> list[Hole]:
    """A household that had no helper for seven weeks between two."""
    chosen = _household(place, "hand_over_gap")
    if chosen is None:
        return []
    at, household, holes = chosen
    a = place.table("assignments")
    before = int(a["from_date"][at])
    a["from_date"][at] = place.state.first_day - 50
    _see(place, household, (40, 20))
    _charge(place, at, from_date=before, to_date=place.state.first_day - 100)
    return holes


def _overload(place: Place) -> list[Hole]:
    """A helper with two households more than the limit, taken over from colleagues of the township."""
    a, s, v = (place.table(name) for name in ("assignments", "staff", "visits"))
    limit = int(standard("caseload_limit", place.state.county.province, _day(place.state.first_day)))
    at = place.one(place.charges())
    if at is None:
        return []
    helper = int(a["staff_id"][at])
    town = s["place_code"][s["staff_id"] == helper][0] // 1000
    households, counts = np.unique(a["household_id"], return_counts=True)
    once = np.isin(a["household_id"], households[counts == 1]) & (a["to_date"] == NULL)
    once &= place.free(a["household_id"]) & ~np.isin(a["staff_id"], np.array([helper, *sorted(place.staff)]))
    village = place.table("households")["village_code"]
    where = village[np.searchsorted(place.table("households")["household_id"], a["household_id"])]
    near = np.flatnonzero(once & (where // 1000 == town))
    wanted = limit + 2 - int(((a["staff_id"] == helper) & (a["to_date"] == NULL)).sum())
    if len(near) < wanted:
        return []
    moved = near[:wanted]
    v["staff_id"][np.isin(v["household_id"], a["household_id"][moved])] = helper
    a["staff_id"][moved] = helper
    place.staff.add(helper)
    for turn, household in enumerate(np.unique(a["household_id"][a["staff_id"] == helper]).tolist()):
        _see(place, household, (50 + 2 * turn, 5 + 2 * turn))
        place.take_household(household)
    return _hole(place, "caseload", place.staff_key(helper))


def _day(days: int) -> date:
    return date(1970, 1, 1) + timedelta(days=days)


def _impossible_day(place: Place) -> list[Hole]:
    """Fourteen households of four townships or more, all seen at home by one helper on one day."""
    h, a = place.table("households"), place.table("assignments")
    at = place.one(place.charges())
    if at is None:
        return []
    helper = int(a["staff_id"][at])
    rows = np.flatnonzero(place.free(h["household_id"]) & (h["registered_on"] < place.state.first_day - 100))
    towns = h["village_code"][rows] // 1000
    _, first = np.unique(towns, return_index=True)
    rest = np.setdiff1d(np.arange(len(rows)), first)
    chosen = rows[np.concatenate([first[:14], rest])[:14]]
    if len(first) < 4 or len(chosen) < 14:
        return []
    place.staff.add(helper)
    day = place.state.first_day - 10
    visits: Table = {
        "household_id": h["household_id"][chosen], "staff_id": full(14, helper),
        "visited_on": full(14, day), "visit_kind": full(14, _AT_HOME),
    }  # fmt: skip
    _add_visits(place, visits)
    return _hole(place, "visits_to_confirm", f"{place.staff_key(helper)} {_day(day):%Y-%m-%d}")


def _never_seen(place: Place) -> list[Hole]:
    """A household in need that nobody ever visited."""
    chosen = _household(place, "never_visited")
    if chosen is None:
        return []
    _see(place, chosen[1], ())
    return chosen[2]


def _overdue(place: Place) -> list[Hole]:
    """A household in need that was last seen a hundred and thirty days ago."""
    chosen = _household(place, "visit_overdue")
    if chosen is None:
        return []
    _see(place, chosen[1], (190, 130))
    return chosen[2]


KINDS: tuple[Plant, ...] = (
    _vacant, _left, _two, _late_successor, _no_helper, _helper_left, _two_helpers, _late_helper, _overload,
    _impossible_day, _never_seen, _overdue,
)  # fmt: skip
