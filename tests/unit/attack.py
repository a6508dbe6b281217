"""One who has every published night, knows the geography, and is told which places did not change between nights."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog

from tests.unit.open_nights import VILLAGES, Household, Night, areas_of

MINIMUM = 10
_UNBOUNDED = 3  # of linprog: anything fits

Atom = tuple[int, str]
"""A village and a part of its households."""


@dataclass(frozen=True)
class Told:
    """A cell of an open table on a night: what it adds up, what was shown (None where hidden), and the truth."""

    atoms: frozenset[Atom]
    state: int
    """Number of the night whose register it tells of."""
    shown: int | None
    truth: int


@dataclass
class Attack:
    """Unknown counts of atoms, one unknown for as long as the count stays what it is, and what each figure says."""

    counts: list[dict[Atom, int]]
    """The truth by state; used for nothing but to know what stayed the same."""
    half: int
    """A figure v stands for v - half up to v + half - 1, and is never small; 0 stands for v itself."""
    figures: set[tuple[frozenset[int], int]] = field(default_factory=set)
    unknowns: dict[tuple[Atom, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Number the unknowns."""
        number = 0
        for state, counts in enumerate(self.counts):
            for atom, count in counts.items():
                if state and self.counts[state - 1][atom] == count:
                    self.unknowns[atom, state] = self.unknowns[atom, state - 1]
                else:
                    self.unknowns[atom, state] = number
                    number += 1

    def see(self, cells: Iterable[Told]) -> None:
        """Take in what is shown."""
        self.figures |= {(self.of(cell), cell.shown) for cell in cells if cell.shown is not None}

    def of(self, cell: Told) -> frozenset[int]:
        """The unknowns that a cell adds up."""
        return frozenset(self.unknowns[atom, cell.state] for atom in cell.atoms)

    def found(self, cells: Iterable[Told]) -> list[Told]:
        """Cells under the minimum whose count is the only whole number that fits everything seen."""
        small = {self.of(cell): cell for cell in cells if cell.truth < MINIMUM}
        return [cell for unknowns, cell in small.items() if self._pinned(unknowns)]

    def _pinned(self, unknowns: frozenset[int]) -> bool:
        low, high = (self._furthest(unknowns, sign) for sign in (1, -1))
        return math.floor(high + 1e-6) <= math.ceil(low - 1e-6)

    def _furthest(self, unknowns: frozenset[int], sign: int) -> float:
        size = max(self.unknowns.values()) + 1
        rows = np.zeros((len(self.figures), size))
        for row, (members, _) in enumerate(self.figures):
            rows[row, list(members)] = 1
        values = np.array([value for _, value in self.figures], dtype=float)
        aim = np.zeros(size)
        aim[list(unknowns)] = sign
        solved = linprog(
            aim,
            A_ub=np.vstack([rows, -rows]),
            b_ub=np.concatenate([values + max(self.half - 1, 0), -np.maximum(values - self.half, MINIMUM)]),
            bounds=(0, None),
            method="highs",
        )
        if solved.status == _UNBOUNDED:
            return sign * -math.inf
        assert solved.status == 0, solved.message  # the truth fits, so something does
        return float(sign * solved.fun)


@dataclass(frozen=True)
class Subject:
    """What is attacked together: figures that add up the same households by the same parts."""

    query: str
    """area_kind, area_code, month (empty: the night's), part, figure."""
    parts: tuple[str, ...]
    part: Callable[[Household], str]
    weight: str = "households"

    def counts(self, night: Night) -> dict[Atom, int]:
        """The truth of a night by village and part."""
        found = {(village, part): 0 for village in range(len(VILLAGES)) for part in self.parts}
        for household in night.households:
            found[household.village, self.part(household)] += household.weighs(self.weight)
        return found

    def told(self, nights: list[Night], counts: list[dict[Atom, int]]) -> list[Told]:
        """Every cell in every published night; a part that is none of the parts is their total."""
        last = {night.night.replace(day=1): number for number, night in enumerate(nights)}
        cells = []
        for number, night in enumerate(nights):
            for kind, code, month, part, shown in night.rows(self.query):
                area, state = (str(kind), str(code)), min(number, last[month] if month else number)
                parts = (part,) if part in self.parts else self.parts
                atoms = [(v, p) for v in range(len(VILLAGES)) if area in areas_of(v) for p in parts]
                cells.append(Told(frozenset(atoms), state, shown, sum(counts[state][atom] for atom in atoms)))
        return cells


def attack(subject: Subject, nights: list[Night], half: int) -> tuple[list[Told], list[Told]]:
    """All cells of a subject, and those under the minimum that are found."""
    counts = [subject.counts(night) for night in nights]
    told = subject.told(nights, counts)
    attacker = Attack(counts, half)
    attacker.see(told)
    return told, attacker.found(told)
