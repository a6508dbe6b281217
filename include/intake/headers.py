"""Finds the header row and matches its cells, Chinese or English, to the contract's columns.

A header may have two rows: groups above, columns below them, and cells merged over both. A column may say its unit, in
brackets, in a row of units below the header, in its group or in a title above it; figures in another unit than the
contract's are converted where that is exact, and the column is not read where it is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from include.contract import COMMON_COLUMNS, CURRENT_VERSION, Contract, forbidden_headers, normalise_header
from include.contract import contract as contract_of
from include.intake.header_units import Head, group_units, is_layout, rows_below, unit_of_cell, units_above
from include.intake.shown import shown
from include.intake.units import factor_by_title, factor_of, is_unit, speaks_of

SEARCHED_ROWS = 10
"""A header lies below a title, a filling-in note and a row of units at most."""
_ROW_NUMBERS = frozenset({"序号", "行号", "no.", "no", "#", ""})
"""Headers of a column that merely counts rows: not asked for, and not worth a word."""
_MARKS = re.compile(r"[*]|\((必填|选填|required|optional)\)")
"""What templates put beside a column's name."""
_WITH_UNIT = re.compile(r"(.+?)\(([^()]+)\)")
_FEWEST_NAMES = 2
"""Known names that make a row a header: a title alone can look like one name."""


@dataclass(frozen=True)
class Converted:
    """A column that came in another unit."""

    column: str
    unit: str
    """As the file writes it."""
    factor: int


@dataclass(frozen=True)
class Header:
    """A header row, matched. Positions count cells from 1."""

    row: int
    first_data_row: int
    width: int
    columns: tuple[tuple[str, int], ...]
    """(column of the contract, position), in the order of the contract."""
    forbidden: tuple[str, ...]
    """Kinds of forbidden columns that came, never their values."""
    unknown: tuple[str, ...]
    missing: tuple[str, ...]
    """Columns of the contract that the file does not have."""
    twice: tuple[str, ...]
    converted: tuple[Converted, ...] = ()
    rows: int = 1
    """Two where groups of columns stand above the columns' names; `row` is then the lower one."""
    unit_rows: int = 0
    """Rows of units or of column numbers between the header and the data."""


@dataclass(frozen=True)
class _Found:
    """A header's rows (from 0, and how many) and its names, normalised and as written."""

    index: int
    rows: int
    names: tuple[str, ...]
    cells: tuple[str, ...]
    named: int


@dataclass(frozen=True)
class _Asked:
    """Whose columns a header is matched to."""

    contract: Contract
    version: str


def header_score(head: Head, contract: Contract, version: str = CURRENT_VERSION) -> int:
    """How many columns of the contract the best header row of a head names; 0 when there is no header row."""
    found = _find(head, _Asked(contract, version))
    return found.named if found else 0


def find_header(head: Head, contract: Contract, version: str = CURRENT_VERSION) -> Header | None:
    """The header among the first rows: the one that names most columns, at least two and half of its cells; or None.

    Names and aliases are those of the contract version.
    """
    asked = _Asked(contract, version)
    found = _find(head, asked)
    return _match(head, found, asked) if found else None


def required_but_missing(header: Header, contract: Contract) -> tuple[str, ...]:
    """Columns that every row must have and that this file does not."""
    return tuple(c.name for c in contract.columns if c.required and c.name in header.missing)


def _find(head: Head, asked: _Asked) -> _Found | None:
    names = [[_name(cell) for cell in cells] for cells in head[: SEARCHED_ROWS + 1]]
    speaks = [any(_column(name, asked) for name in row) for row in names]  # most rows are data and name nothing
    rows = range(min(len(head), SEARCHED_ROWS))
    single = [_candidate(head, names, index, 1, asked) for index in rows if speaks[index]]
    pairs = [_candidate(head, names, index, 2, asked) for index in rows[:-1] if any(speaks[index : index + 2])]
    # Of equals the first, and one row before two: a title above a header adds no name to it.
    best = max((found for found in (*single, *pairs) if found), key=lambda found: found.named, default=None)
    if best and best.rows == 1 and _has_groups(head, best, asked):
        return _header(head, names, best.index, 2, asked)
    return best


def _candidate(head: Head, names: Head, index: int, rows: int, asked: _Asked) -> _Found | None:
    """The header that begins in a row, if it can be one: at least two columns and half of its cells are known."""
    found = _header(head, names, index, rows, asked)
    barred = sum(1 for name in found.names if name in forbidden_headers() and not _column(name, asked))
    filled = sum(1 for name in found.names if name)
    known = found.named + barred
    return found if found.named and known >= _FEWEST_NAMES and 2 * known >= filled else None


def _header(head: Head, names: Head, index: int, rows: int, asked: _Asked) -> _Found:
    """The header of one or two rows; `names` are those of the head's cells, normalised once for all candidates."""
    cells, called = head[index], names[index]
    if rows > 1:
        cells, called = _both(cells, head[index + 1]), _both(called, names[index + 1])
    named = len({column for name in called if (column := _column(name, asked))})
    return _Found(index, rows, tuple(called), tuple(cells), named)


def _both(upper: list[str], lower: list[str]) -> list[str]:
    """The names of a header of two rows: the lower cell where it is filled, else the one above."""
    width = max(len(upper), len(lower))
    above, below = ([*row, *[""] * (width - len(row))] for row in (upper, lower))
    return [low if low.strip() else high for high, low in zip(above, below, strict=True)]


def _has_groups(head: Head, found: _Found, asked: _Asked) -> bool:
    """True when the row below parts a header's cell into several columns: that cell then names none of them.

    The row has no key, and fills both the cell below a name and cells below the blanks behind that name.
    """
    if found.index + 1 >= len(head) or is_layout(head[found.index + 1]):
        return False
    below = [cell.strip() for cell in head[found.index + 1]]
    keys = [place for place, name in enumerate(found.names) if _column(name, asked) in asked.contract.key]
    if not keys or any(place < len(below) and below[place] for place in keys):
        return False
    return any(
        name and below[place] and place + 1 < min(len(found.names), len(below))
        and not found.names[place + 1] and below[place + 1]
        for place, name in enumerate(found.names[: len(below)])
    )  # fmt: skip


def _match(head: Head, found: _Found, asked: _Asked) -> Header:
    barred = forbidden_headers()
    end = found.index + found.rows
    below = rows_below(head, end)
    titled = units_above(head, found.index, found.rows)
    grouped = group_units(head, end - 1, len(found.names))
    places: dict[str, int] = {}
    twice: list[str] = []
    forbidden: set[str] = set()
    unknown: list[str] = []
    converted: list[Converted] = []
    for place, (name, cell) in enumerate(zip(found.names, found.cells, strict=True), start=1):
        column, unit = _parted(name, asked)
        if column:
            written = [unit] if unit else []
            written += [word for row in head[end : end + below] if (word := unit_of_cell(row, place))]
            read = _conversion(asked, column, written, grouped[place - 1], titled)
            if read is None:
                written = written or list(grouped[place - 1] or titled)
                unknown.append(shown("".join([cell, *(f"({word})" for word in written if word != unit)])))
                continue
            if read.factor != 1:
                converted.append(read)
            if column in places:
                twice.append(column)
            places[column] = place
        elif name in barred:
            forbidden.add(barred[name])
        elif name not in _ROW_NUMBERS:
            unknown.append(shown(cell))
    return Header(
        row=end,
        first_data_row=end + 1 + below,
        width=len(found.names),
        columns=tuple((c.name, places[c.name]) for c in asked.contract.columns if c.name in places),
        forbidden=tuple(sorted(forbidden)),
        unknown=tuple(dict.fromkeys(unknown)),
        missing=tuple(c.name for c in asked.contract.columns if c.name not in places and c.name not in COMMON_COLUMNS),
        twice=tuple(dict.fromkeys(twice)),
        converted=tuple(converted),
        rows=found.rows,
        unit_rows=below,
    )


def _conversion(
    asked: _Asked, column: str, written: list[str], grouped: tuple[str, ...], titled: tuple[str, ...]
) -> Converted | None:
    """How figures of a column are converted (by one, mostly), or None when what the file says of it cannot be."""
    unit = asked.contract.column(column).unit
    if unit is None:
        return Converted(column, "", 1)
    by_group = speaks_of(unit, grouped)
    if not written:
        above = grouped if by_group else titled
        factor = factor_by_title(unit, above)
        word = next((word for word in above if factor_of(unit, word)), "")
        return None if factor is None else Converted(column, word, factor)
    factors = {factor_of(unit, word) for word in written}
    agreed = factors.pop() if len(factors) == 1 else None
    if by_group and factor_by_title(unit, grouped) != agreed:
        return None
    return None if agreed is None else Converted(column, written[0], agreed)


def _name(cell: str) -> str:
    name = normalise_header(cell)
    return _MARKS.sub("", name) if "*" in name or "(" in name else name


@cache
def _headers(dataset: str, version: str) -> dict[str, str]:
    return contract_of(dataset).headers_of(version)


def _column(name: str, asked: _Asked) -> str | None:
    return _parted(name, asked)[0]


def _parted(name: str, asked: _Asked) -> tuple[str | None, str | None]:
    """The contract's column of a normalised header and the unit in brackets behind it, if it has one."""
    known = _headers(asked.contract.name, asked.version)
    if name in known:
        return known[name], None
    parted = _WITH_UNIT.fullmatch(name) if name.endswith(")") else None
    column = known.get(parted.group(1)) if parted else None
    if not parted or column is None or not is_unit(parted.group(2)):
        return None, None
    return column, parted.group(2)
