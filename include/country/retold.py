"""What counties say again of a past day: corrections, late news, and households that are given another key.

On each night a few rows are told otherwise than they are, or not at all. Some nights later the county sends, beside its
package, the row as it was on that day, in a package that speaks for that day. Some households are closed under their
number and registered with the same members under another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from include.country.acts import decide
from include.country.households import blank, household_number
from include.country.movement import Night
from include.country.moves_people import close_households
from include.country.state import State, is_open
from include.country.status import CAUSE, EXIT, POOR
from include.country.tables import NULL, Mask, Table, concat, full, index_of, length, rng_for, take
from include.country.told import KEYS

GRADE = index_of("housing_grade")
_STREAM = 7
"""Stream of draws of its own: the country without retelling stays what it is."""
_TYPO = 10_000
"""Fen by which an amount is mistyped."""
_REKEYED_EVERY = 2
"""A county gives one household another number on every second night."""


@dataclass(frozen=True)
class Retelling:
    """One row that was told otherwise than it was."""

    dataset: str
    day: int
    """Number of the night whose report was wrong."""
    until: int
    """Number of the night on which the county says how it was."""
    told: Mapping[str, int] | None
    """Cells as they are told until then; None when the row is not told at all."""
    row: Table
    """The row as it was on that day."""

    def at(self, table: Table) -> Mask:
        """The row in a table of its dataset."""
        same = [table[column] == self.row[column][0] for column in KEYS[self.dataset]]
        return np.asarray(np.logical_and.reduce(same))


@dataclass
class Retold:
    """One county's retellings that are not yet told."""

    pending: list[Retelling] = field(default_factory=list)

    def begin(self, state: State, number: int, today: int) -> None:
        """Draw the night's retellings, and on some nights give a household another number."""
        if number == 0:
            return
        rng = rng_for(state.seed, state.county.number, number, _STREAM)
        night = Night(state, rng, number, today, is_open(state.tables["households"]) & ~self._named(state))
        self._households(night)
        self._measures(night)
        self._assignments(night)
        if number % _REKEYED_EVERY == 0:
            rekey(night)

    def as_told(self, tables: Mapping[str, Table]) -> Mapping[str, Table]:
        """A package's tables with what is told otherwise or not at all."""
        told = dict(tables)
        for retelling in self.pending:
            table = told.get(retelling.dataset)
            if table is None:
                continue
            at = retelling.at(table)
            if retelling.told is None:
                told[retelling.dataset] = take(table, ~at)
                continue
            changed = dict(table)
            for column, value in retelling.told.items():
                changed[column] = np.where(at, value, table[column])
            told[retelling.dataset] = changed
        return {dataset: table for dataset, table in told.items() if length(table)}

    def due(self, state: State, number: int) -> Mapping[int, Mapping[str, Table]]:
        """What is told tonight of past days, by number of the day; from now on the rows are told as they are."""
        ripe = [retelling for retelling in self.pending if retelling.until <= number]
        self.pending = [retelling for retelling in self.pending if retelling.until > number]
        again: dict[int, dict[str, Table]] = {}
        for retelling in ripe:
            table = state.tables[retelling.dataset]
            table["_touched"][retelling.at(table)] = number
            of_day = again.setdefault(retelling.day, {})
            known = of_day.get(retelling.dataset)
            of_day[retelling.dataset] = retelling.row if known is None else concat(known, retelling.row)
        return again

    def _named(self, state: State) -> Mask:
        """Households that a retelling speaks of: one at a time is enough."""
        ids = [int(retelling.row["household_id"][0]) for retelling in self.pending]
        return np.isin(state.tables["households"]["household_id"], np.array(ids, dtype=np.int64))

    def _add(self, night: Night, dataset: str, at: int, told: Mapping[str, int] | None) -> None:
        until = night.number + 1 + int(night.rng.integers(3))
        row = {name: column.copy() for name, column in take(night.state.tables[dataset], np.array([at])).items()}
        night.touch(dataset, np.array([at], dtype=np.int64))
        self.pending.append(Retelling(dataset, night.number, until, told, row))

    def _households(self, night: Night) -> None:
        """A cause and a water source mistaken for a day or more; a house made safe of which the office hears late."""
        h = night.households
        in_registry = (h["registered_on"] != NULL) & (h["exit_flag"] != EXIT["1"])
        registered = in_registry & (h["monitoring_identified_on"] == NULL)
        for at in _one(night, h, registered & (h["main_cause"] == CAUSE["09"]) & (h["_other_1"] != CAUSE["05"])):
            self._add(night, "households", at, {"main_cause": CAUSE["05"], "medical_cost": 12_300})
        for at in _one(night, h, registered & (h["water_safe"] == 1)):
            self._add(night, "households", at, {"water_safe": 0})
        for at in _one(night, h, registered & (h["housing_grade"] != GRADE["A"])):
            before = int(h["housing_grade"][at])
            h["housing_grade"][at] = GRADE["A"]
            self._add(night, "households", at, {"housing_grade": before})

    def _measures(self, night: Night) -> None:
        """A delivery of which the office hears late, and an amount that was mistyped."""
        m = night.state.tables["measures"]
        for at in _one(night, m, m["delivered_on"] == night.today):
            self._add(night, "measures", at, {"delivered_on": NULL, "amount": NULL, "project_id": NULL})
        for at in _one(night, m, (m["delivered_on"] != NULL) & (m["amount"] > _TYPO)):
            self._add(night, "measures", at, {"amount": int(m["amount"][at]) - _TYPO})

    def _assignments(self, night: Night) -> None:
        """A new helper of whom the office hears late, and an end of a charge that was written by mistake."""
        a = night.state.tables["assignments"]
        had_one = np.isin(a["household_id"], a["household_id"][a["from_date"] < night.today])
        for at in _one(night, a, (a["from_date"] == night.today) & had_one):
            self._add(night, "assignments", at, None)
        for at in _one(night, a, (a["to_date"] == NULL) & (a["from_date"] < night.today - 1)):
            self._add(night, "assignments", at, {"to_date": night.today - 1})


def _one(night: Night, table: Table, mask: Mask) -> list[int]:
    """One masked open row of a household that is free, if there is any; the household is free no longer."""
    free = np.isin(table["household_id"], night.households["household_id"][night.free])
    may = np.flatnonzero(mask & free & (table["operation"] == NULL))
    if len(may) == 0:
        return []
    at = int(may[int(night.rng.integers(len(may)))])
    night.free[night.row(table["household_id"][at : at + 1])] = False
    return [at]


def rekey(night: Night) -> None:
    """Close one household of the registry under its number and register it, members and helper, under a new one."""
    h, tables = night.households, night.state.tables
    for at in _one(night, h, h["_status"] == POOR):
        old, n = int(h["household_id"][at]), length(h)
        copies = {
            dataset: take(table, (table["household_id"] == old) & (table["operation"] == NULL))
            for dataset, table in tables.items()
            if dataset in ("households", "persons", "assignments")
        }
        close_households(night, np.array([at], dtype=np.int64), "25", "entered_in_error", "registered_in_error")
        new = household_number(night.state.county, full(1, n + 1))
        for dataset, rows in copies.items():
            fresh = {**rows, "household_id": full(length(rows), int(new[0])), **blank(length(rows), night.number)}
            tables[dataset] = concat(tables[dataset], fresh)
        decision = decide(night.state.county, new, "register", "meets_standard", h["registered_on"][at : at + 1])
        night.state.add("decisions", decision, night.number)
