"""Messy cells: values as offices write them, what a spreadsheet destroyed, files that are damaged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from tests.messy.corpus.files import P1, P2, Rows, book, text, with_county


def values(table: Rows, county: str) -> Iterator[dict[str, Any]]:
    """Values."""
    head, one, two = table
    both = {2: P1, 3: P2}
    wide = with_county(
        [
            ["Ｐ１", "中央", "{county}", "１，０００", "２０２６年３月５日"],
            ["'P2", "SOCIAL", "{county}000000", "20.50", "2026.4.1"],
        ],
        county,
    )
    yield {"name": "wide-digits-chinese-dates", "data": text([head, *wide]), "rows": both}
    serial = [head, [*one[:4], "46086"], [*two[:4], "2026/4/1 0:00"]]
    yield {"name": "serial-dates", "data": text(serial), "rows": both}
    doubtful = [[*head, "最近拨付日期"], [*one, "16-3-5"], [*two, "20163"], ["P3", *one[1:], "2016年3月"]]
    yield {
        "name": "dates-that-say-too-little",
        "data": text(doubtful),
        "rows": {**both, 4: {**P1, "project_id": "P3"}},
        "cells": dict.fromkeys((2, 3, 4), "value-not-a-date disbursed_on"),
    }
    amounts = [
        [*head, "拨付金额"],
        [*one, "3000元"],
        [*two, "15%"],
        ["P3", *one[1:], "1.2E+05"],
        ["P4", *one[1:], "1,23"],
    ]
    yield {
        "name": "amounts-that-are-none",
        "data": text(amounts),
        "rows": {**both, 4: {**P1, "project_id": "P3"}, 5: {**P1, "project_id": "P4"}},
        "cells": dict.fromkeys((2, 3, 4, 5), "value-not-a-number disbursed"),
    }
    blanks = [[*head, "拨付金额", "最近拨付日期"], [*one, "—", "/"], [*two, "null", "　"]]
    yield {"name": "signs-for-nothing", "data": text(blanks), "rows": both}
    yield {
        "name": "kept-from-the-spreadsheet",
        "data": ("\n".join([",".join(head), f'"=""0012""",central,{county},1000,2026-03-05'])).encode(),
        "rows": {2: {**P1, "project_id": "0012"}},
    }


def destroyed(table: Rows, county: str) -> Iterator[dict[str, Any]]:
    """What a spreadsheet destroyed."""
    head, one, two = table
    broken = [head, ["5.13431E+17", *one[1:]], ["########", *one[1:]], ["1月2日", *one[1:]], two]
    yield {
        "name": "ids-destroyed",
        "data": text(broken),
        "rows": {5: P2},
        "rejected": dict.fromkeys((2, 3, 4), "id-destroyed-by-spreadsheet"),
    }
    cut = [head, ["513431199001011000", *one[1:]], ["'513431199001012000", *one[1:]], ["513431199001011002", *one[1:]]]
    yield {
        "name": "ids-cut-to-fifteen-digits",
        "data": text(cut),
        "rejected": {2: "row-id-cut"},
        "rows": {3: {**P1, "project_id": "513431199001012000"}, 4: {**P1, "project_id": "513431199001011002"}},
    }
    numbers = [head, [513431199001011234, *one[1:]], ["513431199001012000", *one[1:]], [123456789012345, *one[1:]]]
    yield {
        "name": "ids-as-numbers",
        "file": "funds.xlsx",
        "data": book(numbers),
        "rejected": {2: "id-destroyed-by-spreadsheet"},
        "rows": {3: {**P1, "project_id": "513431199001012000"}, 4: {**P1, "project_id": "123456789012345"}},
    }
    yield {
        "name": "ids-taken-for-dates",
        "file": "funds.xlsx",
        "data": book([head, [date(2026, 1, 2), *one[1:]], two]),
        "rejected": {2: "id-destroyed-by-spreadsheet"},
        "rows": {3: P2},
    }


def damaged(table: Rows, county: str) -> Iterator[dict[str, Any]]:
    """Texts that are damaged."""
    head, one, two = table
    yield {
        "name": "a-cell-too-many",
        "data": text([head, [*one, "", "x"], two, ["P3", *one[1:], ""]]),
        "rejected": {2: "row-too-many-columns"},
        "rows": {3: P2, 4: {**P1, "project_id": "P3"}},
    }
    yield {
        "name": "an-open-quote",
        "data": text([head]) + f'P1,"central,{county},1,2026-01-01\n'.encode() + text([two]),
        "refusal": "file-undecodable",
    }
    yield {
        "name": "a-quote-out-of-place",
        "data": text([head]) + f'P1,"cen"tral,{county},1,2026-01-01\n'.encode(),
        "refusal": "file-undecodable",
    }
    yield {"name": "a-nul", "data": text(table) + b"\0", "refusal": "file-undecodable"}
    yield {
        "name": "gbk-within-utf8",
        "data": text(table * 3) + "社会捐赠".encode("gbk"),
        "refusal": "file-undecodable",
    }
    yield {
        "name": "utf8-within-gbk",
        "data": text(table, "gbk") + "社会捐赠".encode() + b"\n",
        "refusal": "file-undecodable",
    }
    yield {
        "name": "a-page-named-xls",
        "file": "funds.xls",
        "data": b"<html><table><tr><td>1</td></tr></table></html>",
        "refusal": "file-not-what-it-says",
    }
    yield {"name": "a-workbook-named-csv", "data": book(table), "refusal": "file-not-what-it-says"}
    yield {
        "name": "a-workbook-cut-off",
        "file": "funds.xlsx",
        "data": book(table)[:3000],
        "refusal": "file-not-what-it-says",
    }
    quoted = [
        ["单位编号", "单位名称", "单位类别", "层级", "所在地代码"],
        ["U1", 'A, "B"\n合作社', "private_firm", "county", county],
    ]
    yield {
        "dataset": "units",
        "name": "quotes-commas-lines-in-a-cell",
        "data": text(quoted),
        "rows": {
            2: {
                "unit_id": "U1",
                "unit_name": 'A, "B" 合作社',
                "unit_kind": "private_firm",
                "level": "county",
                "place_code": county,
            }
        },
    }
