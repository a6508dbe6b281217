"""Messy workbooks: shown formats, merged cells, hidden and repeated sheets, .xlsx and .xls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from tests.messy.corpus.files import FUNDS, P1, P2, Rows, book, text

PERSONS = ["户编号", "成员序号", "性别", "与户主关系", "出生日期", "务工时间"]


def workbooks(table: Rows, county: str) -> Iterator[dict[str, Any]]:
    """Workbooks."""
    head, one, two = table
    both = {2: P1, 3: P2}
    yield {
        "name": "xlsx",
        "file": "funds.xlsx",
        "data": book([head, [*one[:3], 1000, date(2026, 3, 5)], two]),
        "rows": both,
    }
    yield {
        "name": "xlsx-counting-from-1904",
        "file": "funds.xlsx",
        "data": book([head, [*one[:3], 1000, date(2026, 3, 5)], two], date_1904=True),
        "rows": both,
    }
    yield {
        "name": "numbers-as-they-are-shown",
        "file": "funds.xlsx",
        "data": book(table, _shown),
        "rows": {2: {**P1, "project_id": "000012"}, 3: {**P2, "project_id": "H0034"}},
    }
    yield {
        "name": "cells-that-show-less-than-a-value",
        "file": "funds.xlsx",
        "data": book([[*head, "拨付金额", "最近拨付日期"], one, two], _shows_less),
        "rows": both,
        "cells": {2: "value-not-a-date disbursed_on", 3: "value-not-a-number disbursed"},
    }
    yield {
        "name": "merged-amount",
        "file": "funds.xlsx",
        "data": book([*table, ["P3", *one[1:]]], lambda b, s: s.merge_range("D2:D3", 1000)),
        "rejected": {2: "row-cells-merged", 3: "row-cells-merged"},
        "rows": {4: {**P1, "project_id": "P3"}},
    }
    yield {
        "name": "merged-source",
        "file": "funds.xlsx",
        "data": book(table, lambda b, s: s.merge_range("B2:B3", "社会")),
        "rows": {2: {**P1, "fund_source": "social"}, 3: P2},
    }
    yield {
        "name": "merged-across",
        "file": "funds.xlsx",
        "data": book(table, lambda b, s: s.merge_range("D2:E2", "见附件")),
        "rejected": {2: "row-cells-merged"},
        "rows": {3: P2},
    }
    people = [
        PERSONS,
        ["H1", "1", "1", "01", "1980-05-06", "3"],
        ["", "2", "2", "02", "1982-01-02", ""],
        ["H2", "1", "女", "户主", "1950年1月2日", "0"],
    ]
    yield {
        "dataset": "persons",
        "name": "household-merged-over-its-members",
        "file": "persons.xlsx",
        "data": book(people, lambda b, s: s.merge_range("A2:A3", "H1")),
        "rows": {
            2: {
                "household_id": "H1",
                "person_no": "1",
                "sex": "1",
                "relation": "01",
                "birth_date": "1980-05-06",
                "work_months": "3",
            },
            3: {"household_id": "H1", "person_no": "2", "sex": "2", "relation": "02", "birth_date": "1982-01-02"},
            4: {
                "household_id": "H2",
                "person_no": "1",
                "sex": "2",
                "relation": "01",
                "birth_date": "1950-01-02",
                "work_months": "0",
            },
        },
    }
    yield {
        "dataset": "persons",
        "name": "household-on-its-first-row-alone",
        "data": text(people),
        "rejected": {3: "key-missing"},
        "rows": {
            2: {
                "household_id": "H1",
                "person_no": "1",
                "sex": "1",
                "relation": "01",
                "birth_date": "1980-05-06",
                "work_months": "3",
            },
            4: {
                "household_id": "H2",
                "person_no": "1",
                "sex": "2",
                "relation": "01",
                "birth_date": "1950-01-02",
                "work_months": "0",
            },
        },
    }
    yield {
        "name": "merged-two-row-header",
        "file": "funds.xlsx",
        "data": book([[*FUNDS[:3], "下达", ""], ["", "", "", *FUNDS[3:]], one, two], _merged_header),
        "rows": {3: P1, 4: P2},
        "header_row": 2,
    }
    yield {
        "name": "hidden-sheet-of-old-rows",
        "file": "funds.xlsx",
        "data": book(table, _hidden),
        "rows": both,
        "skipped": ["hidden sheet 1", "other sheet 1"],
    }
    yield {
        "name": "two-sheets-of-rows",
        "file": "funds.xlsx",
        "data": book(table, _twice),
        "refusal": "file-more-than-one-sheet",
    }
    yield {
        "name": "xls",
        "file": "funds.xls",
        "data": book([head, [*one[:3], 1000, date(2026, 3, 5)], two]),
        "rows": both,
        "format": "xls",
    }
    yield {
        "name": "xls-numbers-as-they-are-shown",
        "file": "funds.xls",
        "data": book(table, _shown),
        "format": "xls",
        "rows": {2: {**P1, "project_id": "000012"}, 3: {**P2, "project_id": "H0034"}},
    }
    yield {
        "name": "xls-cells-that-show-less",
        "file": "funds.xls",
        "data": book([[*head, "拨付金额", "最近拨付日期"], one, two], _shows_less),
        "rows": both,
        "format": "xls",
        "cells": {2: "value-not-a-date disbursed_on", 3: "value-not-a-number disbursed"},
    }
    yield {
        "name": "xls-merged-and-hidden",
        "file": "funds.xls",
        "data": book([*table, ["P3", *one[1:]]], _merged_and_hidden),
        "format": "xls",
        "rejected": {2: "row-cells-merged", 3: "row-cells-merged"},
        "rows": {4: {**P1, "project_id": "P3"}},
        "skipped": ["hidden sheet 1", "other sheet 1"],
    }


def _shown(made: Any, sheet: Any) -> None:
    sheet.write_number(1, 0, 12, made.add_format({"num_format": "000000"}))
    sheet.write_number(2, 0, 34, made.add_format({"num_format": '"H"0000'}))
    sheet.write_number(2, 3, 20.5, made.add_format({"num_format": '¥#,##0.00"元"'}))


def _shows_less(made: Any, sheet: Any) -> None:
    sheet.write_datetime(1, 6, date(2026, 3, 1), made.add_format({"num_format": 'yyyy"年"m"月"'}))
    sheet.write_number(2, 5, 1.5, made.add_format({"num_format": '0.0"万元"'}))


def _merged_header(made: Any, sheet: Any) -> None:
    for place, name in enumerate(FUNDS[:3]):
        sheet.merge_range(0, place, 1, place, name)
    sheet.merge_range("D1:E1", "下达")


def _hidden(made: Any, sheet: Any) -> None:
    made.add_worksheet("说明").write_string(0, 0, "请勿改动表头")
    old = made.add_worksheet("旧")
    old.write_row(0, 0, FUNDS)
    old.write_row(1, 0, ["P9", "central", "51", "9", "2020-01-01"])
    old.hide()


def _twice(made: Any, sheet: Any) -> None:
    made.add_worksheet("副本").write_row(0, 0, FUNDS)


def _merged_and_hidden(made: Any, sheet: Any) -> None:
    sheet.merge_range("D2:D3", 1000)
    _hidden(made, sheet)
