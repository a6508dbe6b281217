"""Holes in designated assistance: ended without a successor, short, told differently, one thing told by two units."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from include.country.designated import INDICATOR, SIDE
from include.country.holes import Hole
from include.country.layout import id_text
from include.country.provinces import Province
from include.country.state import State
from include.country.tables import NULL, Ints, Mask, Table

Plant = Callable[[Province, State], list[Hole]]


def plant_designated(provinces: Sequence[Province]) -> list[Hole]:
    """Every kind once, each in the next county; what both sides say is planted in what both send."""
    counties = [(province, state) for province in provinces for state in province.counties]
    found: list[Hole] = []
    for number, plant in enumerate(KINDS):
        found += plant(*counties[number % len(counties)])
    return found


def _of_county(state: State, which: int) -> int:
    """One of the designations that help the county itself and last, in order."""
    rows = state.tables["designations"]
    lasting = (rows["to_date"] == NULL) & (rows["helped_place_code"] == state.county.number)
    return int(rows["designation_id"][lasting][which])


def _year_before(state: State) -> int:
    return int(state.tables["designation_deliveries"]["period"].min())


def _promise(table: Table, designation: int, period: int, indicator: str) -> Mask:
    rows = (table["designation_id"] == designation) & (table["period"] == period)
    return np.asarray(rows & (table["indicator"] == INDICATOR[indicator]))


def _both(province: Province, state: State) -> tuple[Table, Table]:
    return state.tables["designation_deliveries"], province.tables["designation_deliveries"]


def _hole(state: State, kind: str, designation: int, *promise: object) -> Hole:
    key = " ".join([id_text("designation_id", designation), *map(str, promise)])
    return Hole(state.county.code, kind, key)


def _ended(province: Province, state: State) -> list[Hole]:
    """A village whose unit left half a year ago, and no other took its place."""
    rows = state.tables["designations"]
    at = np.flatnonzero(rows["helped_place_code"] != state.county.number)[0]
    rows["to_date"][at] = state.first_day - 180
    return [_hole(state, "designation_ended", int(rows["designation_id"][at]))]


def _short(province: Province, state: State) -> list[Hole]:
    """A promise of jobs of which a third was kept, as both sides say."""
    designation, period = _of_county(state, 0), _year_before(state)
    for table in _both(province, state):
        at = _promise(table, designation, period, "jobs")
        table["delivered"][at] = table["promised"][at] // 300 * 100
    return [_hole(state, "designated_short", designation, period, "jobs")]


def _differing(province: Province, state: State) -> list[Hole]:
    """The unit says that it trained forty more than the county saw, who are as many as were promised."""
    designation, period = _of_county(state, 1), _year_before(state)
    for table in _both(province, state):
        at = _promise(table, designation, period, "trained")
        more: Ints = np.where(table["reporting_side"][at] == SIDE["helper"], 40_00, 0)
        table["delivered"][at] = table["promised"][at] + more
    return [_hole(state, "designated_sides_differ", designation, period, "trained")]


def _told_twice(province: Province, state: State) -> list[Hole]:
    """Two units of a county tell one purchase of farm products, to the fen, each as its own."""
    period, units = _year_before(state), (_of_county(state, 0), _of_county(state, 1))
    for table in _both(province, state):
        ats = [_promise(table, unit, period, "purchases") for unit in units]
        amount = max(int(table["promised"][at][0]) for at in ats)
        for at in ats:
            table["delivered"][at] = amount
    return [_hole(state, "designated_told_twice", unit, period, "purchases") for unit in units]


KINDS: tuple[Plant, ...] = (_ended, _short, _differing, _told_twice)
