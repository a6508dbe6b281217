"""What the rows around a header say: units above it and below it, units of a group of columns, and column numbers."""

from __future__ import annotations

import re

from include.contract import normalise_header
from include.intake.units import is_like_unit, units_in_brackets, units_of_title

_UNIT_CELL = re.compile(r"\(?(?:单位:)?([^()]*)\)?")
_HAS_DIGIT = re.compile("[0-9０-９]")
_FEWEST_NUMBERS = 3
_STEMS = "甲乙丙丁戊己庚辛壬癸"

Head = list[list[str]]


def units_above(head: Head, index: int, rows: int) -> tuple[str, ...]:
    """Units of the whole table, whose header begins in row `index` (from 0) and has `rows`.

    Of titles above the header, and of cells there that hold nothing but a unit. A unit in brackets right above a header
    of one row is that of a group.
    """
    above = head[:index]
    cells = [_spaced(cell) for row in above for cell in row if cell.strip()]
    far = above if rows > 1 else above[:-1]
    bracketed = [unit for row in far for cell in row for unit in units_in_brackets(_spaced(cell))]
    bare = [word for cell in cells if is_like_unit(word := cell.strip("()"))]
    return tuple(dict.fromkeys([*units_of_title(cells), *bracketed, *bare]))


def group_units(head: Head, lowest: int, width: int) -> list[tuple[str, ...]]:
    """For each column the units that its group names: the nearest filled cell at or before it, above row `lowest`."""
    upper, lower = ([*row, *[""] * (width - len(row))] for row in (head[lowest - 1] if lowest else [], head[lowest]))
    units: list[tuple[str, ...]] = []
    group: tuple[str, ...] = ()
    for high, low in zip(upper[:width], lower[:width], strict=True):
        if high.strip() or not low.strip():
            group = units_in_brackets(_spaced(high)) if low.strip() else ()
        units.append(group)
    return units


def _spaced(cell: str) -> str:
    """A cell normalised, with one blank for white space in it."""
    return " ".join(map(normalise_header, cell.split()))


def rows_below(head: Head, end: int) -> int:
    """How many rows of units or of column numbers follow a header that ends before row `end` (from 0)."""
    below = end
    while below < len(head) and is_layout(head[below]):
        below += 1
    return below - end


def is_layout(cells: list[str]) -> bool:
    """True for a row of units or of column numbers."""
    return _is_units(cells) or _is_column_numbers(cells)


def _is_units(cells: list[str]) -> bool:
    """True for a row of units; signs, words and blanks may stand between them, but a row of data has a digit."""
    filled = [place for place, cell in enumerate(cells, start=1) if cell.strip()]
    units = sum(1 for place in filled if unit_of_cell(cells, place))
    return bool(units) and (units == len(filled) or not any(map(_HAS_DIGIT.search, cells)))


def unit_of_cell(cells: list[str], place: int) -> str | None:
    """The unit that a cell of a row of units names, None for a blank one and for anything else."""
    found = _UNIT_CELL.fullmatch(normalise_header(cells[place - 1])) if place <= len(cells) else None
    return found.group(1) if found and is_like_unit(found.group(1)) else None


def _is_column_numbers(cells: list[str]) -> bool:
    """True for 1 2 3, (1) (2) (3) or ① ② ③, also behind 甲 乙 for the columns that hold no figure."""
    filled = [(place, normalise_header(cell).strip("()")) for place, cell in enumerate(cells, start=1) if cell.strip()]
    stems = sum(1 for place, cell in filled if cell == _STEMS[place - 1 : place])
    numbers = filled[stems:]
    return len(filled) >= _FEWEST_NUMBERS and (
        all(cell == str(place) for place, cell in numbers) or all(cell == str(place - stems) for place, cell in numbers)
    )
