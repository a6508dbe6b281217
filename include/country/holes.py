"""Planted holes: true states of the country in which duty is not done, and the key of what the marts must find.

A fault (faults.py) is a wrong word about a right state; a hole is a right word about a wrong state: nobody is in
charge, somebody has too much, a visit was not made or cannot have been, a promise is short, money lies or is paid
twice. Holes are planted before the first night is sent and stand on every night.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from include.country.facts import places
from include.country.faults import KeyRow
from include.country.files import rows_of_file
from include.country.layout import id_text
from include.country.package import Package
from include.country.provinces import Province
from include.country.state import State, is_open
from include.country.status import POOR, RETURNED
from include.country.tables import NULL, Ints, Mask, Table, rng_for

_LONG_KNOWN = 240
"""Days for which a household is registered and has its helper, so that a hole is none of a beginning."""
Numbers = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


class Hole(NamedTuple):
    """One line of holes_key.csv: what a mart of the responsibility room must find, and by which key."""

    submitter: str
    kind: str
    key: str


@dataclass
class Place:
    """One county as a hole looks at it when it chooses where to be; what a hole has taken no other takes."""

    state: State
    rng: np.random.Generator
    staff: set[int] = field(default_factory=set)
    places: set[int] = field(default_factory=set)

    @property
    def number(self) -> int:
        """The county's code."""
        return self.state.county.number

    def table(self, dataset: str) -> Table:
        """The county's table of that dataset."""
        return self.state.tables[dataset]

    @property
    def county_id(self) -> str:
        """The stable id that the marts' keys begin with."""
        return places()[self.state.county.code]["county_id"]

    def household_key(self, household: int) -> str:
        """The household as marts name it."""
        return f"{self.county_id}-{household}"

    def staff_key(self, staff: int) -> str:
        """The member of staff as marts name it."""
        return f"{self.county_id}-{id_text('staff_id', staff)}"

    def project_key(self, project: int) -> str:
        """The project as marts name it."""
        return f"{self.county_id}-{id_text('project_id', project)}"

    def one(self, rows: Numbers) -> int | None:
        """One of the rows at random, None where there is none."""
        return int(rows[int(self.rng.integers(len(rows)))]) if len(rows) else None

    def free(self, households: Ints) -> Mask:
        """Households that no hole has taken."""
        taken = np.fromiter(self.state.left_alone, dtype=np.int64, count=len(self.state.left_alone))
        return np.asarray(~np.isin(households, taken))

    def charges(self) -> Ints:
        """Rows of assignments: the one charge there is of a household long registered, in need and free."""
        a, h = self.table("assignments"), self.table("households")
        needy = np.isin(h["_status"], [POOR, RETURNED]) & is_open(h) & self.free(h["household_id"])
        needy &= (h["registered_on"] != NULL) & (h["registered_on"] < self.state.first_day - _LONG_KNOWN)
        households, counts = np.unique(a["household_id"], return_counts=True)
        alone = np.isin(a["household_id"], households[counts == 1])
        good = alone & np.isin(a["household_id"], h["household_id"][needy])
        good &= (a["from_date"] < self.state.first_day - _LONG_KNOWN) & ~np.isin(
            a["staff_id"], np.array(sorted(self.staff), dtype=np.int64)
        )
        return np.flatnonzero(good).astype(np.int64)

    def take_household(self, household: int) -> None:
        """Nothing else happens to the household."""
        self.state.left_alone.add(household)


Plant = Callable[[Place], list[Hole]]


def plant_holes(states: Sequence[State], provinces: Sequence[Province], seed: int) -> list[Hole]:
    """Plant every kind of hole once, each in the next county that it fits; returns the lines of the key.

    A kind that no county fits is left out.
    """
    from include.country.holes_designated import plant_designated
    from include.country.holes_duty import KINDS as DUTY
    from include.country.holes_money import KINDS as MONEY
    from include.country.holes_promises import plant_promises
    from include.country.holes_watch import KINDS as WATCH

    counties = [Place(state, rng_for(seed, state.county.number, 0, 66)) for state in states]
    found: list[Hole] = []
    for number, plant in enumerate((*DUTY, *MONEY, *WATCH)):
        for turn in range(len(counties)):
            holes = plant(counties[(number + turn) % len(counties)])
            found += holes
            if holes:
                break
    return found + plant_promises(provinces) + plant_designated(provinces)


ASKED_BY_RULE = {
    "no_helper": "household-without-helper:explain",
    "file_out_of_date": "household-file-out-of-date:advice",
}
"""Holes in a household that a rule asks the clerk about each time the household's row is sent."""


def findings_of_holes(package: Package, holes: Sequence[Hole]) -> list[KeyRow]:
    """Lines of answer_key.csv for the holes that a rule asks about."""
    lines = []
    for hole in holes:
        table = package.tables.get("households")
        if hole.kind not in ASKED_BY_RULE or hole.submitter != package.submitter or table is None:
            continue
        for row in np.flatnonzero(table["household_id"] == int(hole.key.partition("-")[2])).tolist():
            where = (package.night.isoformat(), package.submitter, "households", str(rows_of_file(row)))
            lines.append(KeyRow(*where, hole.kind, ASKED_BY_RULE[hole.kind]))
    return lines


def write_holes(out: Path, holes: Sequence[Hole]) -> None:
    """Write holes_key.csv."""
    with (out / "holes_key.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Hole._fields)
        writer.writerows(sorted(holes))
