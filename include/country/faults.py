"""Planted faults: which row of which county gets which fault, on which nights, and the lines of the answer key.

A fault is planned against rows by their key, before anything is written; it changes the file's text alone. The state
and the truth keep the right value, so on the next night the office sends the row mended (unless the fault stands).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from include.contract import contract, forbidden_headers, normalise_header
from include.country.files import Edits, rows_of_file
from include.country.habits import FORBIDDEN
from include.country.package import Package
from include.country.state import State
from include.country.status import POOR
from include.country.tables import Ints, Mask, Table, rng_for

if TYPE_CHECKING:
    from include.country.fault_kinds import Kind

_FORBIDDEN = "column-forbidden:advice"
_LATE_NIGHT, NEW = 1, "new_household_held"
Key = tuple[tuple[str, int], ...]


class KeyRow(NamedTuple):
    """One line of answer_key.csv."""

    night: str
    submitter: str
    dataset: str
    row: str
    kind: str
    expect: str


@dataclass(frozen=True)
class Plant:
    """One planted fault in one row (or below the last row) of one dataset."""

    kind: str
    dataset: str
    key: Key
    """Columns and numbers that name the row; empty for a note below the rows."""
    cells: tuple[tuple[str, str], ...] = ()
    """Column and the text put there."""
    expect: tuple[str, ...] = ()
    """What must be found in this row: rule id and severity."""
    copy: bool = False
    """The row is sent once more, at the end, and the cells are those of the copy."""
    expect_copy: tuple[str, ...] = ()
    """What must be found in the copy."""
    extra_cell: str | None = None
    note: str | None = None
    household: int = 0
    """The household, where the key does not name it."""
    county: int | None = None
    """Position of the county of the row, where a fault has rows of two; None: that of the scene."""

    @property
    def of_household(self) -> int:
        """The household that the fault is in, 0 for none."""
        return self.household or dict(self.key).get("household_id", 0)


@dataclass
class Scene:
    """One county on the first night, as a fault looks at it when it chooses its rows."""

    state: State
    position: int
    night: date
    rng: np.random.Generator
    csv_only: bool
    used: set[int] = field(default_factory=set)
    """Households that have a fault already: each has at most one."""
    beside: tuple[Scene, ...] = ()
    """The other counties, the next one first."""

    def table(self, dataset: str) -> Table:
        """The county's table of that dataset."""
        return self.state.tables[dataset]

    def household_rows(self, dataset: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        """Row in households of each row of a dataset."""
        return np.searchsorted(self.table("households")["household_id"], self.table(dataset)["household_id"]).astype(
            np.int64
        )

    def choose(self, dataset: str, mask: Mask) -> int | None:
        """A row of a dataset at random, whose household is not used yet and then is; None where there is none."""
        table = self.table(dataset)
        if "household_id" in table:
            taken = np.fromiter(self.used, dtype=np.int64, count=len(self.used))
            mask = mask & ~np.isin(table["household_id"], taken)
        at = np.flatnonzero(mask)
        if len(at) == 0:
            return None
        row = int(at[int(self.rng.integers(len(at)))])
        if "household_id" in table:
            self.used.add(int(table["household_id"][row]))
        return row

    def key(self, dataset: str, row: int) -> Key:
        """The key of a row, as numbers."""
        table = self.table(dataset)
        return tuple((name, int(table[name][row])) for name in contract(dataset).key)


@dataclass
class Plan:
    """All planted faults: county's position and nights to each."""

    nights: int
    first_night: date
    plants: list[tuple[int, tuple[int, ...], Plant]] = field(default_factory=list)
    new_household: bool = True
    """Whether a household that has only just come is to be held."""

    @staticmethod
    def of(states: Sequence[State], seed: int, first_night: date, nights: int) -> Plan:
        """Choose the rows of every fault; a fault that no county has a fitting row for is left out."""
        from include.country.fault_kinds import KINDS
        from include.country.package_faults import FAULTS as PACKAGE_FAULTS

        plan = Plan(nights, first_night)
        scenes = _scenes(states, seed, first_night)
        for number, kind in enumerate(KINDS):
            for turn in range(len(scenes)):
                scene = scenes[(number + turn) % len(scenes)]
                if kind.csv_only and not scene.csv_only:
                    continue
                if kind.late and (sends_changes(scene.position) or scene.position in PACKAGE_FAULTS):
                    continue
                if plan._plant(kind, scene):
                    break
        return plan

    @staticmethod
    def of_kind(states: Sequence[State], seed: int, first_night: date, nights: int, name: str) -> Plan:
        """Plant one kind alone, in every county that has a fitting row: each office's way of writing meets it."""
        from include.country.fault_kinds import KINDS, KINDS_EVERYWHERE

        plan = Plan(nights, first_night, new_household=name == NEW)
        for kind in (*KINDS, *KINDS_EVERYWHERE):
            if kind.name != name:
                continue
            for scene in _scenes(states, seed, first_night):
                if (scene.csv_only or not kind.csv_only) and not (kind.late and sends_changes(scene.position)):
                    plan._plant(kind, scene)
        return plan

    def _plant(self, kind: Kind, scene: Scene) -> bool:
        """Plant a kind in a county, on its nights; False when no row of the county fits."""
        plants = kind.plant(scene)
        on = tuple(range(self.nights)) if kind.stands and not sends_changes(scene.position) else (0,)
        on = tuple(range(_LATE_NIGHT, self.nights)) if kind.late else on
        self.plants += [(scene.position if p.county is None else p.county, on, p) for p in plants]
        return bool(plants)

    def plant_new(self, position: int, night: int, state: State, before: int) -> None:
        """On the second night, plant a missing village in one household that has only just come: it stays provisional.

        `before` is how many households the county had the night before.
        """
        if night != _LATE_NIGHT or not self.new_household or any(plant.kind == NEW for _, _, plant in self.plants):
            return
        households = state.tables["households"]
        new = np.flatnonzero(households["_status"][before:] == POOR)
        if len(new):
            key = (("household_id", int(households["household_id"][before + new[0]])),)
            plant = Plant(NEW, "households", key, (("village_code", ""),), ("value-missing:must_fix",))
            self.plants.append((position, (night,), plant))

    def held(self, position: int, night: int) -> set[int]:
        """Households of a county in which something was planted on a night."""
        return {plant.of_household for at, on, plant in self.plants if at == position and night in on} - {0}

    def standing(self, position: int) -> Ints:
        """Households of a county whose fault is sent on a later night (again): nothing else happens to them."""
        found = {plant.of_household for at, on, plant in self.plants if at == position and max(on, default=0) > 0}
        return np.array(sorted(found), dtype=np.int64)

    def edits(self, position: int, night: int, package: Package) -> tuple[dict[str, Edits], list[KeyRow]]:
        """The changes to make in a package's files, and their lines of the key."""
        edits: dict[str, Edits] = {}
        rows: list[KeyRow] = []
        for at, on, plant in self.plants:
            table = package.tables.get(plant.dataset)
            if at != position or night not in on or table is None:
                continue
            edit = edits.setdefault(plant.dataset, Edits())
            rows += _apply(plant, table, edit, package)
        return edits, rows


def _scenes(states: Sequence[State], seed: int, first_night: date) -> list[Scene]:
    from include.country.habits import habit_of

    scenes = [
        Scene(
            state,
            i,
            first_night,
            rng_for(seed, state.county.number, 0, 55),
            not habit_of(i).xlsx,
            set(state.left_alone),
        )
        for i, state in enumerate(states)
    ]
    for i, scene in enumerate(scenes):
        scene.beside = (*scenes[i + 1 :], *scenes[:i])
    return scenes


def sends_changes(position: int) -> bool:
    """Whether the county there sends changes after the first night."""
    return position % 4 == 1


def _apply(plant: Plant, table: Table, edit: Edits, package: Package) -> list[KeyRow]:
    night, submitter = package.night.isoformat(), package.submitter

    def line(row: int | None, expect: str) -> KeyRow:
        return KeyRow(
            night, submitter, plant.dataset, "" if row is None else str(rows_of_file(row)), plant.kind, expect
        )

    count = len(next(iter(table.values())))
    if plant.note is not None:
        edit.notes.append(plant.note)
        return [line(count + len(edit.copies), "")]
    mask = np.ones(count, dtype=bool)
    for name, value in plant.key:
        mask &= table[name] == value
    at = np.flatnonzero(mask)
    if len(at) == 0:
        return []
    row = int(at[0])
    lines = [line(row, expect) for expect in plant.expect]
    if plant.extra_cell is not None:
        edit.extra_cells.append((row, plant.extra_cell))
    elif plant.copy:
        lines += [line(count + len(edit.copies), expect) for expect in plant.expect_copy]
        edit.copies.append((row, dict(plant.cells)))
    else:
        edit.cells += [(row, column, text) for column, text in plant.cells]
    return lines


def natural_key(package: Package) -> list[KeyRow]:
    """What any country raises, planted faults or none: columns that must not be sent, one line for each."""
    if not package.habit.forbidden:
        return []
    night, submitter, kinds = package.night.isoformat(), package.submitter, forbidden_headers()
    return [
        KeyRow(night, submitter, dataset, "", f"forbidden_column_{kinds[normalise_header(header)]}", _FORBIDDEN)
        for dataset, columns in FORBIDDEN.items()
        if dataset in package.tables
        for header, _ in columns
    ]


def day_text(when: date, days: int) -> str:
    """A date so many days later, as every reader takes it."""
    return (when + timedelta(days=days)).isoformat()
