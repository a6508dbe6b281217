"""Finds the header row and matches its cells, Chinese or English, to the contract's columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from include.contract import COMMON_COLUMNS, Contract, forbidden_headers, normalise_header
from include.contract import contract as contract_of
from include.intake.shown import shown

SEARCHED_ROWS = 10
"""A header lies below a title, a filling-in note and a row of units at most."""
_ROW_NUMBERS = frozenset({"序号", "行号", "no.", "no", "#", ""})
"""Headers of a column that merely counts rows: not asked for, and not worth a word."""
_MARKS = re.compile(r"[*]|\((必填|选填|required|optional)\)")
"""What templates put beside a column's name."""
_UNIT_WORDS = """
    元 万元 元/人 元/月 元/年 亩 平方米 m2 人 户 个 个月 月 年 天 次 岁 公里 千米 km 米 m 公斤 kg 斤 % 栏次 单位 是/否
"""
_UNITS = frozenset(_UNIT_WORDS.split())
_UNIT_OF = {
    "yuan": ("元", "元/年", "元/人"),
    "mu": ("亩",),
    "square_metre": ("平方米", "m2"),
    "km": ("公里", "千米", "km"),
    "months": ("月", "个月"),
    "persons": ("人",),
}
"""How offices write the contract's units behind a column's name; any other unit would change the figures' meaning."""
_WITH_UNIT = re.compile(r"(.+?)\(([^()]+)\)")
_FEWEST_NAMES = 2
"""Known names that make a row a header: a title alone can look like one name."""


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


def header_score(head: list[list[str]], contract: Contract) -> int:
    """How many columns of the contract the best header row of a head names; 0 when there is no header row."""
    found = _find(head, contract)
    return found[1] if found else 0


def find_header(head: list[list[str]], contract: Contract) -> Header | None:
    """The header among the first rows: the one that names most columns, at least two and half of its cells; or None."""
    found = _find(head, contract)
    return _match(head, found[0], contract) if found else None


def required_but_missing(header: Header, contract: Contract) -> tuple[str, ...]:
    """Columns that every row must have and that this file does not."""
    return tuple(c.name for c in contract.columns if c.required and c.name in header.missing)


def _find(head: list[list[str]], contract: Contract) -> tuple[int, int] | None:
    """(index of the header row, number of the contract's columns it names)."""
    forbidden = forbidden_headers()
    best: tuple[int, int] | None = None
    for index, cells in enumerate(head[:SEARCHED_ROWS]):
        names = [_name(cell) for cell in cells]
        columns = [_column(name, contract) for name in names]
        named = len(set(filter(None, columns)))
        barred = sum(1 for name, column in zip(names, columns, strict=True) if name in forbidden and not column)
        filled = sum(1 for name in names if name)
        if named < 1 or named + barred < _FEWEST_NAMES or 2 * (named + barred) < filled:
            continue
        if best is None or named > best[1]:
            best = (index, named)
    return best


def _match(head: list[list[str]], index: int, contract: Contract) -> Header:
    barred = forbidden_headers()
    places: dict[str, int] = {}
    twice: list[str] = []
    forbidden: set[str] = set()
    unknown: list[str] = []
    for place, cell in enumerate(head[index], start=1):
        name = _name(cell)
        column = _column(name, contract)
        if column:
            if column in places:
                twice.append(column)
            places[column] = place
        elif name in barred:
            forbidden.add(barred[name])
        elif name not in _ROW_NUMBERS:
            unknown.append(shown(cell))
    return Header(
        row=index + 1,
        first_data_row=index + 1 + _rows_below(head, index, places),
        width=len(head[index]),
        columns=tuple((c.name, places[c.name]) for c in contract.columns if c.name in places),
        forbidden=tuple(sorted(forbidden)),
        unknown=tuple(dict.fromkeys(unknown)),
        missing=tuple(c.name for c in contract.columns if c.name not in places and c.name not in COMMON_COLUMNS),
        twice=tuple(dict.fromkeys(twice)),
    )


def _name(cell: str) -> str:
    return _MARKS.sub("", normalise_header(cell))


@cache
def _headers(dataset: str) -> dict[str, str]:
    return contract_of(dataset).headers


def _column(name: str, contract: Contract) -> str | None:
    """The contract's column of a normalised header, with or without its own unit in brackets."""
    known = _headers(contract.name)
    if name in known:
        return known[name]
    parted = _WITH_UNIT.fullmatch(name)
    column = known.get(parted.group(1)) if parted else None
    if not parted or column is None:
        return None
    unit = (contract.column(column).unit or "").removesuffix("_per_year")
    return column if parted.group(2) in _UNIT_OF.get(unit, ()) else None


def _rows_below(head: list[list[str]], index: int, places: dict[str, int]) -> int:
    """How far below the header the data begins: one, and one more for each row of units or of column numbers."""
    below = index + 1
    while below < len(head) and (_is_units(head[below]) or _is_column_numbers(head[below])):
        below += 1
    return below - index


def _is_units(cells: list[str]) -> bool:
    filled = [normalise_header(cell).strip("()") for cell in cells if cell.strip()]
    return bool(filled) and all(cell.removeprefix("单位:") in _UNITS for cell in filled)


def _is_column_numbers(cells: list[str]) -> bool:
    filled = [(place, cell.strip()) for place, cell in enumerate(cells, start=1) if cell.strip()]
    return len(filled) > _FEWEST_NAMES and all(cell == str(place) for place, cell in filled)
