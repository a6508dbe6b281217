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
_OTHER_WORDS = (
    "米 m 元/人 元/月 个 天 次 岁 公斤 kg 斤 % 栏次 单位 是/否 年/月/日 年-月-日 年月日"
    " 头 只 匹 株 棵 吨 立方米 平方公里 处 套 间 台 辆 项 所 人次 户次 家"
)
_WORDS = frozenset(_OTHER_WORDS.split()).union(*_FACTORS.values())
_MONEY_LIKE = re.compile(
    r".*[十百千万亿]元.*|.*[^广]元(人民币|每.*|整)?|元([/每].*|人民币)?|.*(yuan|rmb|cny)|.*美金|[十百千万亿wk]"
)
_AREA_LIKE = re.compile(r".{0,3}(亩|公顷)(/.*)?")
_LIKE = {"yuan": _MONEY_LIKE, "yuan_per_year": _MONEY_LIKE, "mu": _AREA_LIKE}
"""What is some unit of the same kind, known or not: a figure in it must not pass for one in yuan or mu."""
_CELL_LIKE = re.compile(r"(?!广元)[^:]{0,4}(元|亩|公顷)([/每].*|人民币)?|.{0,8}(yuan|rmb|cny)|美金|[十百千万亿wk]")
"""The same for a cell of its own, which may also be a title, a name or a word."""
_TITLE = re.compile(r"(\w*?)\s*(?:单\s*位|\bunits?)\s*[:(]+\s*((?:(?!单\s*位)[^()])+)")
_OFFICES = ("填报", "填表", "填制", "编制", "报送", "上报", "报告", "制表", "主管", "责任", "汇总", "审核", "调查")
_BRACKETS = re.compile(r"\(([^()]*)\)")
_THOUSANDS, _NUMBER_OF = re.compile(r"(?<=[0-9]),(?=[0-9]{3})"), re.compile(r"(?<=[0-9])\s+(?=yuan|rmb|元)")


def factor_of(unit: str | None, written: str) -> int | None:
    """By what a figure in the written unit is multiplied; None when the unit cannot be converted exactly."""
    return _FACTORS.get(unit or "", {}).get(written)


def is_unit(written: str) -> bool:
    """True for a word that stands in a row of units; it need not be one that can be converted."""
    return written in _WORDS


def is_like_unit(written: str) -> bool:
    """True also for what is some unit of money or area that is not known, such as 人民币万元."""
    return is_unit(written) or bool(_CELL_LIKE.fullmatch(written))


def units_of_title(cells: Iterable[str]) -> tuple[str, ...]:
    """The units of a title such as 单位:万元、亩 (white space kept); none for 填报单位:某县, which names an office.

    Among them what is like a unit of money or area and is none that is known.
    """
    found: list[str] = []
    for cell in cells:
        for before, words in _TITLE.findall(cell):
            units = _units_in(words)
            if not before.endswith(_OFFICES) or all(map(is_unit, words.split())):
                found += units
    return tuple(dict.fromkeys(found))


def units_in_brackets(cell: str) -> tuple[str, ...]:
    """The units of a group or title such as 家庭收入(万元), as units_of_title gives them."""
    return tuple(dict.fromkeys(unit for words in _BRACKETS.findall(cell) for unit in _units_in(words)))


def _units_in(words: str) -> list[str]:
    """Units of a list; behind white space only those that leave no doubt: there stand dates, offices and names."""
    found: list[str] = []
    spaced = _NUMBER_OF.sub("", _THOUSANDS.sub("", words)).split()
    for place, part in enumerate(spaced):
        units = [word.rpartition(":")[2] for word in re.split("[,、;和]", part) if word]
        if place == 0 or all(map(is_unit, units)):
            found += [word for word in units if is_unit(word) or any(like.fullmatch(word) for like in _LIKE.values())]
        else:
            found += [word for word in units if factor_of("yuan", word) or re.search("[十百千万亿](元|亩)", word)]
    return found


def factor_by_title(unit: str | None, titled: tuple[str, ...]) -> int | None:
    """The factor that a title gives to columns of a unit: one if it says nothing of it.

    None if it says two things, or one of the unit's kind that cannot be converted.
    """
    factors = {factor_of(unit, word) for word in titled if _is_kind(unit, word)}
    if len(factors) > 1:
        return None
    return factors.pop() if factors else 1


def speaks_of(unit: str | None, titled: tuple[str, ...]) -> bool:
    """True when a title says anything of columns of a unit."""
    return any(_is_kind(unit, word) for word in titled)


def _is_kind(unit: str | None, word: str) -> bool:
    like = _LIKE.get(unit or "")
    return factor_of(unit, word) is not None or bool(like and like.fullmatch(word))
