"""A night on: what happened in a county since the night before. Each household meets at most one event of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.country import designated, moves_people, moves_standing, moves_work
from include.country.state import State, is_open
from include.country.tables import NULL, Ints, Mask, Table, rng_for, rows_of


@dataclass
class Night:
    """One county's night: its draws, its date, and the households that nothing has happened to yet."""

    state: State
    rng: np.random.Generator
    number: int
    today: int
    free: Mask

    @property
    def households(self) -> Table:
        """The county's households, closed ones too."""
        return self.state.tables["households"]

    @property
    def persons(self) -> Table:
        """The county's persons, closed ones too."""
        return self.state.tables["persons"]

    def row(self, household: Ints) -> Ints:
        """Rows of households by their id."""
        return rows_of(self.households["household_id"], household)

    def some(self, mask: Mask, share: float) -> Ints:
        """Rows of a share of the masked households that are free; they are free no longer."""
        chosen = mask & self.free & (self.rng.random(len(self.free)) < share)
        self.free = self.free & ~chosen
        return np.flatnonzero(chosen).astype(np.int64)

    def touch(self, dataset: str, rows: Ints) -> None:
        """Say that rows of a dataset changed tonight."""
        self.state.tables[dataset]["_touched"][rows] = self.number

    def survey(self, rows: Ints) -> None:
        """Households seen today; their rows changed."""
        self.households["surveyed_on"][rows] = self.today
        self.touch("households", rows)


def move(state: State, number: int, today: int, still: Ints) -> None:
    """Move a county from the night before to night `number`; `today` is that night's date in days.

    Nothing happens to the households named in `still`, nor to those that the state leaves alone.
    """
    rng = rng_for(state.seed, state.county.number, number, 0)
    households = state.tables["households"]
    untouched = np.union1d(still, np.fromiter(state.left_alone, dtype=np.int64, count=len(state.left_alone)))
    free = is_open(households) & ~np.isin(households["household_id"], untouched)
    night = Night(state, rng, number, today, free)
    moves_people.move_people(night)
    moves_standing.move_standing(night)
    moves_work.move_work(night)
    rng = rng_for(state.seed, state.county.number, number, 78)
    designated.move_on(state.tables["designation_deliveries"], rng, number)


def change_some(state: State, number: int, today: int, share: float) -> set[int]:
    """Survey a share of a county's households on night `number`, and change who is insured; returns their ids.

    Nothing else happens. `today` is that night's date in days.
    """
    rng = rng_for(state.seed, state.county.number, number, 80)
    night = Night(state, rng, number, today, is_open(state.tables["households"]))
    chosen = night.some(night.free, share)
    night.survey(chosen)
    ids = night.households["household_id"][chosen]
    insured = night.persons["medical_insurance"]
    members = np.flatnonzero(np.isin(night.persons["household_id"], ids) & (insured != NULL)).astype(np.int64)
    insured[members] = 1 - insured[members]
    night.touch("persons", members)
    return set(ids.tolist())


def changed_since(table: Table, night: int) -> Mask:
    """Rows that came, changed or were closed after a night."""
    return np.asarray(table["_touched"] > night)


def told(table: Table, night: int) -> Mask:
    """Rows of a full package: those that stand, and those closed after the last night on which the county reported."""
    return np.asarray((table["_closed"] == NULL) | (table["_closed"] > night))
