"""How an office writes its files: encoding, headers, line ends, dates, yes and no, thousands, unasked columns."""

from __future__ import annotations

from dataclasses import dataclass

from include.contract import Column

ISO, SLASH, CHINESE = "iso", "slash", "chinese"
XLSX_MAX_ROWS = 5000


@dataclass(frozen=True)
class Habit:
    """One office's way; the same in every file and on every night."""

    encoding: str = "utf-8"
    bom: bool = False
    chinese_headers: bool = True
    crlf: bool = False
    dates: str = ISO
    chinese_yes_no: bool = True
    thousands: bool = False
    forbidden: bool = False
    """Sends columns that must not be sent (姓名, 民族, 联系电话, 银行账号) with made-up values."""
    xlsx: bool = False
    """Sends households and persons as .xlsx when they have fewer than 5,000 rows."""


#: Taken in turn by the counties in the order of the country.
COUNTY_HABITS: tuple[Habit, ...] = (
    Habit(bom=True, crlf=True),
    Habit(encoding="gb18030", crlf=True, dates=SLASH, forbidden=True),
    Habit(chinese_headers=False, chinese_yes_no=False),
    Habit(xlsx=True),
    Habit(encoding="gb18030", crlf=True, dates=CHINESE),
    Habit(bom=True, thousands=True, crlf=True),
    Habit(encoding="gb18030"),
    Habit(bom=True, crlf=True, dates=SLASH),
    Habit(chinese_headers=False, chinese_yes_no=False, bom=True),
    Habit(xlsx=True, forbidden=True),
    Habit(encoding="gb18030", crlf=True),
    Habit(dates=CHINESE, forbidden=True),
)
OFFICE_HABIT = Habit(bom=True, crlf=True)
"""Provinces, assessors, registers."""

#: Made-up columns by dataset: header and expression. Nothing here looks like a real name, number or account.
FORBIDDEN: dict[str, tuple[tuple[str, str], ...]] = {
    "households": (
        ("户主姓名", "'模拟户主' || lpad((household_id % 100000)::varchar, 5, '0')"),
        ("联系电话", "'000' || lpad((household_id % 100000000)::varchar, 8, '0')"),
        ("银行账号", "'0000模拟' || lpad((household_id % 100000000)::varchar, 8, '0')"),
    ),
    "persons": (
        (
            "姓名",
            "'模拟某' || ['甲','乙','丙','丁','戊','己','庚','辛'][(household_id % 8 + 1)::int] || person_no::varchar",
        ),
        ("民族", "'模拟民族'"),
    ),
}


def habit_of(position: int) -> Habit:
    """Habit of the county at a position of the country's order."""
    return COUNTY_HABITS[position % len(COUNTY_HABITS)]


def as_text(habit: Habit, column: Column, expression: str) -> str:  # noqa: PLR0911 - one return for each way of writing
    """Expression that writes a typed value the way this office writes it."""
    if column.type == "date":
        if habit.dates == SLASH:
            return f"strftime({expression}, '%Y/%-m/%-d')"
        if habit.dates == CHINESE:
            return f"strftime({expression}, '%Y年%-m月%-d日')"
        return f"strftime({expression}, '%Y-%m-%d')"
    if column.type == "boolean":
        yes, no = ("是", "否") if habit.chinese_yes_no else ("true", "false")
        return f"case {expression} when true then '{yes}' when false then '{no}' end"
    if column.type == "number":
        if habit.thousands and column.physical_type.endswith(",2)"):
            return f"format('{{:,.2f}}', ({expression})::double)"
        return f"({expression})::decimal(18,2)::varchar"
    return f"({expression})::varchar"
