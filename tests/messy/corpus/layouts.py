"""Messy files of text: encodings, what stands around the rows, units."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.messy.corpus.files import FUNDS, P1, P2, Rows, text, with_county


def encodings(table: Rows, county: str) -> Iterator[dict[str, Any]]:
    """Encodings, line ends and delimiters."""
    head, one, two = table
    both = {2: P1, 3: P2}
    yield {"name": "utf8", "data": text(table), "rows": both, "encoding": "utf-8"}
    yield {
        "name": "utf8-mark-crlf",
        "data": text(table, "utf-8-sig", ends="\r\n"),
        "rows": both,
        "encoding": "utf-8-bom",
    }
    yield {"name": "gb18030", "data": text(table, "gb18030"), "rows": both, "encoding": "gb18030"}
    yield {"name": "gbk-lone-cr", "data": text(table, "gbk", ends="\r"), "rows": both, "encoding": "gb18030"}
    yield {
        "name": "utf16-le-tabs",
        "file": "funds.txt",
        "data": text(table, "utf-16", "\t"),
        "rows": both,
        "encoding": "utf-16",
    }
    yield {"name": "utf16-be-no-mark", "data": text(table, "utf-16-be"), "rows": both, "encoding": "utf-16"}
    yield {"name": "semicolons", "data": text(table, delimiter=";"), "rows": both}
    yield {"name": "wide-commas", "data": text(table, delimiter="，"), "rows": both}
    mixed = b"\r".join([text([head])[:-1], text([one])[:-1] + b"\r\n" + text([two])])
    yield {"name": "mixed-line-ends", "data": mixed, "rows": both}


def around(table: Rows, county: str) -> Iterator[dict[str, Any]]:
    """What stands around the rows."""
    head, one, two = table
    form = [
        ["扶贫资金表（SYNTHETIC 模拟数据）", "", "", "", ""],
        ["填报单位：某县", "", "", "", ""],
        head,
        ["", "", "", "元", ""],
        ["1", "2", "3", "4", "5"],
        one,
        [""] * 5,
        head,
        two,
        ["小计", "", "", "1020.5", ""],
        ["合 计", "2", "", "1020.5", ""],
        ["注：以上为模拟数据", "", "", "", ""],
        ["制表人：甲", "", "", "审核：乙", ""],
    ]
    yield {
        "name": "title-units-repeats-totals-notes",
        "data": text(form, "gb18030"),
        "rows": {6: P1, 9: P2},
        "header_row": 3,
        "skipped": ["title 2", "units 2", "blank 1", "repeated header 1", "total 2", "note 2"],
    }
    groups = [["资金项目编号", "资金来源", "项目地区代码", "下达", ""], ["", "", "", "下达金额", "下达日期"], one, two]
    yield {"name": "two-row-header", "data": text(groups), "rows": {3: P1, 4: P2}, "header_row": 2}
    years = [[*FUNDS, "拨付金额", ""], ["", "", "", "", "", "2025年", "2026年"], [*one, "1", "2"], [*two, "3", "4"]]
    yield {"name": "a-column-parted-by-year", "data": text(years), "rows": {3: P1, 4: P2}}
    shuffled = [
        ["备用信息", "下达时间", "项目编号", "联系电话", "下达资金", "fund_source", "序号", "＊项目地区代码（必填）"],
        ["x", "2026-03-05", "P1", "13800138000", "1000", "中央", "1", county],
    ]
    yield {
        "name": "aliases-any-order-unknown-forbidden",
        "data": text(shuffled),
        "rows": {2: P1},
        "told": ["column-forbidden phone", "column-unknown 备用信息"],
    }
    yield {
        "name": "a-column-twice",
        "data": text([[*head, "下达金额"], [*one, "7"]]),
        "refusal": "file-column-twice",
    }
    yield {
        "name": "without-its-key",
        "data": text([["代号", *FUNDS[1:]], one]),
        "refusal": "file-without-key-column",
    }
    yield {"name": "no-header", "data": text([one, two]), "refusal": "file-without-key-column"}
    yield {"name": "a-header-alone", "data": text([head]), "declared": 2, "refusal": "file-empty"}
    second = [
        head,
        one,
        two,
        [""] * 5,
        ["资金项目编号", "资金来源", "项目地区代码", "拨付金额", "最近拨付日期"],
        ["P1", *one[1:]],
    ]
    yield {"name": "another-table-below", "data": text(second), "refusal": "file-more-than-one-table"}


def units(table: Rows, county: str) -> Iterator[dict[str, Any]]:
    """Units."""
    head, one, _ = table
    both = {2: P1, 3: P2}
    wan = with_county(
        [["P1", "central", "{county}", "0.1", "2026-03-05"], ["P2", "social", "{county}", "0.00205", "2026-04-01"]],
        county,
    )
    yield {
        "name": "wan-in-the-header",
        "data": text([[*FUNDS[:3], "下达金额（万元）", FUNDS[4]], *wan]),
        "rows": both,
        "told": ["column-converted allocated"],
    }
    yield {
        "name": "wan-in-a-row-of-units",
        "data": text([head, ["", "", "", "万元", ""], *wan]),
        "rows": {3: P1, 4: P2},
    }
    yield {
        "name": "wan-in-the-title",
        "data": text([["资金表", "", "", "", "单位：万元"], head, *wan]),
        "rows": {3: P1, 4: P2},
    }
    each = [[*FUNDS, "拨付金额（元/人）"], [*one, "3"]]
    yield {
        "name": "another-unit",
        "data": text(each),
        "rows": {2: P1},
        "told": ["column-unknown 拨付金额（元/人）"],
    }
    apart = [[*FUNDS[:3], "下达金额（元）", FUNDS[4]], ["", "", "", "万元", ""], one]
    yield {
        "name": "units-that-disagree",
        "data": text(apart),
        "rows": {3: {n: v for n, v in P1.items() if n != "allocated"}},
        "cells": {3: "value-missing allocated"},
    }
