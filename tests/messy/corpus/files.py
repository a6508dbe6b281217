"""How a messy file is written: texts and workbooks, and the two rows of funds that most of them hold."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import xlsxwriter

FUNDS = ["资金项目编号", "资金来源", "项目地区代码", "下达金额", "下达日期"]
ROWS = [["P1", "central", "{county}", "1000", "2026-03-05"], ["P2", "社会", "{county}", "20.5", "2026-04-01"]]
P1 = {
    "project_id": "P1",
    "fund_source": "central",
    "place_code": "{county}",
    "allocated": "1000",
    "allocated_on": "2026-03-05",
}
P2 = {
    "project_id": "P2",
    "fund_source": "social",
    "place_code": "{county}",
    "allocated": "20.5",
    "allocated_on": "2026-04-01",
}
Rows = list[list[Any]]
Book = Callable[[Any, Any], None]


def text(rows: Rows, encoding: str = "utf-8", delimiter: str = ",", ends: str = "\n") -> bytes:
    """A file of text."""
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=delimiter, lineterminator=ends).writerows(rows)
    return target.getvalue().encode(encoding)


def book(rows: Rows, more: Book | None = None, **options: Any) -> bytes:
    """An .xlsx: texts as texts, numbers and dates as such; `more` adds what cells alone cannot say."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, **options}) as made:
        made.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001  a workbook keeps no zone
        sheet = made.add_worksheet("数据")
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, place, cell, day)
                elif isinstance(cell, str):
                    sheet.write_string(number, place, cell)
                elif cell is not None:
                    sheet.write_number(number, place, cell)
        if more:
            more(made, sheet)
    return target.getvalue()


def with_county(rows: Rows, county: str) -> Rows:
    """The rows with the county's code where they ask for it."""
    return [[cell.replace("{county}", county) if isinstance(cell, str) else cell for cell in row] for row in rows]
