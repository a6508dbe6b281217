"""The units in which offices write amounts, and by how much a figure must be multiplied to be in the contract's unit.

Only conversions by a whole number are known. A unit that is not here changes what the figures mean
(元/人 for a household's income), and its column is then not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_MONEY = {"元": 1, "yuan": 1, "百元": 100, "千元": 1000, "万元": 10_000, "亿元": 100_000_000}
_FACTORS = {
    "yuan": _MONEY,
    "yuan_per_year": _MONEY | {f"{unit}/年": factor for unit, factor in _MONEY.items()},
    "mu": {"亩": 1, "mu": 1, "万亩": 10_000, "公顷": 15},
    "square_metre": {"平方米": 1, "平米": 1, "m2": 1},
    "km": {"公里": 1, "千米": 1, "km": 1},
    "months": {"月": 1, "个月": 1},
    "persons": {"人": 1, "万人": 10_000},
    "households": {"户": 1, "万户": 10_000},
    "year": {"年": 1},
}
_OTHER_WORDS = "米 m 元/人 元/月 个 天 次 岁 公斤 kg 斤 % 栏次 单位 是/否 年/月/日 年-月-日 年月日"
_WORDS = frozenset(_OTHER_WORDS.split()).union(*_FACTORS.values())
_TITLE = re.compile(r"单位:([^()]+)")


def factor_of(unit: str | None, written: str) -> int | None:
    """By what a figure in the written unit is multiplied; None when the unit cannot be converted exactly."""
    return _FACTORS.get(unit or "", {}).get(written)


def is_unit(written: str) -> bool:
    """True for a word that stands in a row of units; it need not be one that can be converted."""
    return written in _WORDS


def units_of_title(cells: Iterable[str]) -> tuple[str, ...]:
    """The units of a title such as 单位:万元、亩 (normalised); empty for 填报单位:某县, which names an office."""
    found: list[str] = []
    for cell in cells:
        for words in _TITLE.findall(cell):
            units = [word for word in re.split("[,、;和]", words) if word]
            if units and all(is_unit(word) for word in units):
                found += units
    return tuple(dict.fromkeys(found))


def factor_by_title(unit: str | None, titled: tuple[str, ...]) -> int | None:
    """The factor that a title gives to columns of a unit: one if it says nothing of it, None if it says two things."""
    factors = {factor for word in titled if (factor := factor_of(unit, word))}
    if len(factors) > 1:
        return None
    return factors.pop() if factors else 1
