"""What a spreadsheet's number format makes of a value: the clerk sees the format's text, the file keeps a bare number.

An id of 12 with the format 000000 is 000012 to whoever typed it; a day with the format yyyy年m月 was typed without its
day, which the spreadsheet made up. Such cells are read as they are shown. Most formats change nothing but the look.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache

_BUILTIN_PARTIAL = {
    16: 'd"-"mmm', 17: 'mmm"-"yy', 27: "yyyy年m月", 28: "m月d日", 29: "m月d日", 36: "yyyy年m月", 50: "yyyy年m月",
    51: "m月d日", 52: "yyyy年m月", 53: "m月d日", 54: "m月d日", 57: "yyyy年m月", 58: "m月d日",
}  # fmt: skip
"""Dates without a year or a day, of the formats that a workbook names by number alone, as Chinese Excel shows them."""
_BUILTIN_PERCENT = {9: "0%", 10: "0.00%"}

_LITERAL = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[[^\]]*\]')
"""Quoted and escaped text; and what only leaves a gap, fills, colours or names a currency."""
_HARMLESS = frozenset("¥￥$€+-()?/E 元人户亩")
"""Signs and units of one beside a number: they add nothing to what the column's name says."""
_CORE = re.compile(r"[#0?][#0?,.]*")


@dataclass(frozen=True)
class Shape:
    """How a format shows what it formats, where that differs from the value. Empty: it does not."""

    parts: frozenset[str] = frozenset()
    """Of a date that is shown in parts only: which of y, m, d; otherwise empty."""
    digits: int = 0
    """Of a number with leading zeros: how many digits are shown at least."""
    before: str = ""
    after: str = ""
    percent: bool = False
    """Of a number that is shown a hundred times as large."""

    @property
    def changes_date(self) -> bool:
        """A date in this format is shown without its year, month or day."""
        return bool(self.parts) and self.parts != frozenset("ymd")

    @property
    def changes_number(self) -> bool:
        """A number in this format is shown as another text."""
        return bool(self.digits or self.before or self.after or self.percent)


@cache
def shape_of(code: str) -> Shape:
    """The shape of a format's code, of its first section (positive numbers)."""
    section = _first_section(code)
    bare = _LITERAL.sub("", section)
    lowered = re.sub(r"general|e[+-]|am/pm|上午/下午", "", bare.lower())
    if re.search("[ydge]", lowered) or ("m" in lowered and not re.search("[hs]", lowered)):
        return _date_shape(lowered)
    return Shape() if re.search("[hs]", lowered) else _number_shape(section, bare)


def builtin_code(number: int) -> str:
    """The code of a format that is named by its number, where it changes what is shown; otherwise General."""
    return _BUILTIN_PARTIAL.get(number) or _BUILTIN_PERCENT.get(number, "General")


def shown_date(value: date, shape: Shape) -> str:
    """A date as a format shows it that leaves out its year, month or day; never a whole date."""
    words = {"y": f"{value.year}年", "m": f"{value.month}月", "d": f"{value.day}日"}
    return "".join(word for part, word in words.items() if part in shape.parts)


def shown_number(text: str, shape: Shape) -> str:
    """A number, given as its plain text, as its format shows it."""
    if shape.percent:
        return f"{(Decimal(text) * 100).normalize():f}%"
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    if shape.digits and digits.isdigit():
        digits = digits.rjust(shape.digits, "0")
    return f"{sign}{shape.before}{digits}{shape.after}"


def whole_date(value: date | datetime) -> str:
    """A whole date, with its time where it has one."""
    if isinstance(value, datetime) and (value.hour or value.minute or value.second):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return f"{value:%Y-%m-%d}"


def _first_section(code: str) -> str:
    """The code up to the first semicolon that is not quoted."""
    found = re.match(r'(?:"[^"]*"|\\.|[^;"\\])*', code)
    return found.group() if found else code


def _date_shape(lowered: str) -> Shape:
    # g and e are the years of an era, as some Chinese formats write the year.
    return Shape(parts=frozenset({"y" if part in "ge" else part for part in lowered if part in "ymdge"}))


def _number_shape(section: str, bare: str) -> Shape:
    core = _CORE.search(bare)
    if core is None:
        return Shape()
    digits = len(core.group()) if re.fullmatch("00+", core.group()) else 0
    before, after = _around(section)
    return Shape(digits=digits, before=before, after=after, percent="%" in bare)


def _around(section: str) -> tuple[str, str]:
    """The text before and behind a format's digits, without what adds nothing."""
    texts, place = ["", ""], 0
    for found in re.finditer(rf"{_LITERAL.pattern}|{_CORE.pattern}|.", section):
        if _CORE.fullmatch(found.group()):
            place = 1
        else:
            whole = found.group()
            texts[place] += found.group(1) or found.group(2) or ("" if _LITERAL.fullmatch(whole) else whole)
    before, after = ("" if set(text) <= _HARMLESS | {"%", ".", ","} else text.strip() for text in texts)
    return before, after
