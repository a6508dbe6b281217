"""Small cells, and the cells that would give them back: which cells of an open table must not be shown.

A table is a set of cells over areas that overlap: counties lie in provinces, zones across both, causes in totals. Every
cell is a count over a set of atoms (the smallest areas that any cell tells apart). Shown cells can be added and
subtracted, so hiding the small ones is not enough:

1. hide every cell under the minimum (zero included: "nobody here" is also told about people);
2. for each shown cell and each family of disjoint cells inside it, what is left after taking away the shown ones must
   be nothing or reach the minimum; else hide the smallest shown member as well;
3. no hidden small cell may be a linear combination of the shown ones (the exact test, on what step 2 left); else hide
   a cell of the combination, a loosely nested one (a zone) first.

Each step only hides, so there is an end. Cells that are hidden from the start, because an earlier release hid them,
make nothing easier to work out: with fewer cells shown, leftovers grow and fewer combinations remain. Everything here
is arithmetic on counts, without I/O.

The same holds from night to night by `stepped` and `rate_step`: each shown count is a multiple of the minimum, so every
sum and difference of shown counts, of whichever nights, is one too; no rate moves by less than the minimum's weight.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NOTHING = 1e-6  # residual under which a combination counts as exact

FIRST_TO_HIDE = -1
"""Rank of a cell that an earlier release hid."""

RATE_STEPS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5)
"""Steps in which rates are shown; each is a multiple of the one before, so that rates in two steps differ by a step."""


@dataclass(frozen=True)
class Cell:
    """One cell: its atoms and its guarded counts (households, persons ...), all of which must reach the minimum."""

    key: Hashable
    family: str
    """Cells of one family never overlap: counties, provinces, causes of one area. A zone is a family of its own."""
    atoms: frozenset[Hashable]
    counts: tuple[float, ...]
    rank: int = 0
    """Who is hidden first where a choice is open: lower ranks first, then smaller counts."""
    known: bool = False
    """True for a count that is to be had elsewhere: it helps who adds and subtracts, and cannot be hidden here."""

    def small(self, minimum: float) -> bool:
        """True when a count is under the minimum."""
        return any(count < minimum for count in self.counts)


def stepped(count: float, minimum: float) -> int:
    """A count as it is shown: the nearest multiple of the minimum, a half going up."""
    return int(minimum) * math.floor(count / int(minimum) + 0.5)


def rate_step(denominator: float, minimum: float) -> float:
    """The steps in which a rate is shown: the first of RATE_STEPS that is worth the minimum or more, else 1."""
    return next((step for step in RATE_STEPS if step * denominator >= minimum), 1.0)


def hidden_cells(
    cells: Sequence[Cell], minimum: float, stays: Set[Hashable] = frozenset(), again: Set[Hashable] = frozenset()
) -> set[Hashable]:
    """Keys of the cells that must not be shown, given all cells of a table that can be added up with each other.

    `stays` are hidden in any case; of neighbours that would all do, one of `again` is hidden first.
    """
    by_key = {cell.key: cell if cell.key not in again else replace(cell, rank=FIRST_TO_HIDE) for cell in cells}
    small = {cell.key for cell in cells if cell.small(minimum) and not cell.known}
    hidden = small | {cell.key for cell in cells if cell.key in stays and not cell.known}
    members = _members_inside(cells)
    while True:
        _close_margins(by_key, members, hidden, minimum)
        extra = _helpers(by_key, small, hidden)
        if not extra:
            return hidden
        hidden |= extra


def recovered_cells(cells: Sequence[Cell], hidden: set[Hashable], minimum: float) -> set[Hashable]:
    """Small cells whose count follows exactly from the shown ones: empty when the table may be shown."""
    shown = [cell for cell in cells if cell.key not in hidden]
    targets = [cell for cell in cells if cell.small(minimum) and not cell.known]
    return {target.key for target, residual in zip(targets, _residuals(shown, targets), strict=True) if residual}


def small_remainders(cells: Sequence[Cell], hidden: set[Hashable], minimum: float) -> set[Hashable]:
    """Shown cells that, less the shown members of some family inside them, leave something under the minimum."""
    by_key = {cell.key: cell for cell in cells}
    found: set[Hashable] = set()
    for key, families in _members_inside(cells).items():
        for family in families:
            shown = [by_key[member] for member in family if member not in hidden]
            if key not in hidden and _remainder_is_small(by_key[key], shown, minimum):
                found.add(key)
    return found


def _members_inside(cells: Sequence[Cell]) -> dict[Hashable, list[list[Hashable]]]:
    """For each cell, by family, the disjoint cells that lie inside it."""
    at_atom: dict[Hashable, list[Cell]] = {}
    for cell in cells:
        for atom in cell.atoms:
            at_atom.setdefault(atom, []).append(cell)
    inside: dict[Hashable, list[list[Hashable]]] = {}
    for cell in cells:
        touching = {other.key: other for atom in cell.atoms for other in at_atom[atom]}
        families: dict[str, list[Hashable]] = {}
        for other in touching.values():
            if not other.known and other.key != cell.key and other.family != cell.family and other.atoms <= cell.atoms:
                families.setdefault(other.family, []).append(other.key)
        inside[cell.key] = list(families.values())
    return inside


def _close_margins(
    by_key: Mapping[Any, Cell], inside: Mapping[Any, list[list[Any]]], hidden: set[Any], minimum: float
) -> None:
    changed = True
    while changed:
        changed = False
        for key, families in inside.items():
            for family in families:
                if key in hidden:
                    break
                shown = [by_key[member] for member in family if member not in hidden]
                if _remainder_is_small(by_key[key], shown, minimum):
                    hidden.add(min(shown, key=_order).key)
                    changed = True


def _remainder_is_small(whole: Cell, shown: Sequence[Cell], minimum: float) -> bool:
    left = whole.atoms.difference(*(cell.atoms for cell in shown)) if shown else whole.atoms
    if not left or not shown:
        return False
    counts = [total - sum(cell.counts[i] for cell in shown) for i, total in enumerate(whole.counts)]
    return any(count < minimum for count in counts)


def _order(cell: Cell) -> tuple[int, float, str]:
    return (cell.rank, sum(cell.counts), str(cell.key))


def _helpers(by_key: Mapping[Any, Cell], small: set[Any], hidden: set[Any]) -> set[Hashable]:
    """Cells to hide because they help to recover small ones, one for each; empty when none can be recovered."""
    shown = [cell for key, cell in by_key.items() if key not in hidden]
    targets = [by_key[key] for key in sorted(small, key=str)]
    recovered = [target for target, residual in zip(targets, _residuals(shown, targets), strict=True) if residual]
    if not recovered:
        return set()
    sources, rows = _without_known(shown)
    helpers = [cell for cell, row in zip(shown, rows, strict=True) if row]
    vectors = [row for row in rows if row]
    atoms = {atom: i for i, atom in enumerate(sorted(frozenset().union(*vectors), key=str))} if vectors else {}
    chosen: set[Hashable] = set()
    for target in recovered:
        want = target.atoms.difference(sources)
        used: list[Cell] = []
        if want:
            weights, *_ = np.linalg.lstsq(_indicator(vectors, atoms).T, _indicator([want], atoms)[0], rcond=None)
            used = [helpers[i] for i in np.flatnonzero(np.abs(weights) > _NOTHING)]
        if not any(not cell.known for cell in used):
            used += _traced(target.atoms.union(*(cell.atoms for cell in used)), sources)
        free = [cell for cell in used if not cell.known]
        if not any(cell.key in chosen for cell in free):
            chosen.add(min(free, key=_order).key)
    return chosen


def _traced(atoms: frozenset[Hashable], sources: Mapping[Hashable, Cell]) -> list[Cell]:
    """The shown cells by which these atoms became known, directly or by way of other atoms."""
    used: dict[Hashable, Cell] = {}
    ahead = [atom for atom in atoms if atom in sources]
    while ahead:
        cell = sources[ahead.pop()]
        if cell.key not in used:
            used[cell.key] = cell
            ahead += [atom for atom in cell.atoms if atom in sources]
    return list(used.values())


def _without_known(shown: Sequence[Cell]) -> tuple[dict[Hashable, Cell], list[frozenset[Hashable]]]:
    """Atoms that follow one by one, with the shown cell that gives each, and what is left of each cell's atoms."""
    sources: dict[Hashable, Cell] = {}
    rows = [cell.atoms for cell in shown]
    while True:
        single = {next(iter(row)): cell for cell, row in zip(shown, rows, strict=True) if len(row) == 1}
        if not single:
            return sources, rows
        sources |= single
        rows = [row.difference(single) for row in rows]


def _residuals(shown: Sequence[Cell], targets: Sequence[Cell]) -> list[bool]:
    """For each target, whether it is a linear combination of the shown cells."""
    sources, rows = _without_known(shown)
    wanted = [cell.atoms.difference(sources) for cell in targets]
    useful = [row for row in set(rows) if row]
    # A target that touches an atom of no shown cell can never be recovered.
    covered = frozenset().union(*useful) if useful else frozenset()
    result = [not want for want in wanted]
    open_ = [i for i, want in enumerate(wanted) if want and want <= covered]
    if not open_:
        return result
    atoms = {atom: i for i, atom in enumerate(sorted(covered, key=str))}
    basis = _row_space(_indicator(useful, atoms))
    vectors = _indicator([wanted[i] for i in open_], atoms)
    left = vectors - (vectors @ basis.T) @ basis
    for position, i in enumerate(open_):
        result[i] = bool(np.abs(left[position]).max() < _NOTHING)
    return result


def _row_space(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    _, singular, rows = np.linalg.svd(matrix, full_matrices=False)
    kept: NDArray[np.float64] = rows[singular > _NOTHING]
    return kept


def _indicator(sets: Sequence[frozenset[Hashable]], atoms: Mapping[Hashable, int]) -> NDArray[np.float64]:
    matrix = np.zeros((len(sets), len(atoms)))
    for row, members in enumerate(sets):
        matrix[row, [atoms[atom] for atom in members]] = 1.0
    return matrix
