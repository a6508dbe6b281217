"""The letter as a workbook, for the clerk who mends in a spreadsheet: what matters most, all rules, a tab for each.

Its numbers are those of the page. findings.csv stays the full list: a tab is capped, so that the workbook opens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from include.contract.words import FINDING_STATES, SEVERITIES, SYNTHETIC, VALUE_CLASSES, Label, label
from include.letters.facts import FindingLine, Letter, RuleGroup
from include.letters.render import column_zh, dataset_zh
from include.letters.verdict import verdict

ROWS_PER_TAB = 2_000
"""Rows of one rule that a tab lists at most."""
ROWS_PER_BOOK = 20_000
"""Rows that all tabs list together: older machines open a workbook of this size in seconds."""

FIRST, RULES = "先看这里 First", "各项规则 Rules"
_SHEET_NAME = 31
"""Characters that a spreadsheet allows in a tab's name."""

GroupKey = tuple[str, str, str | None]
"""Rule, severity and dataset."""


def key_of(group: RuleGroup) -> GroupKey:
    """What the rows of a group are found by."""
    return group.card.rule, group.severity, group.dataset


def rows_of(connection: duckdb.DuckDBPyConnection, letter: Letter) -> dict[GroupKey, list[FindingLine]]:
    """The rows of every tab, in the order of findings.csv; needs the table `tonight` of include.letters.queries."""
    cap = max(10, min(ROWS_PER_TAB, ROWS_PER_BOOK // max(len(letter.groups), 1)))
    found: defaultdict[GroupKey, list[FindingLine]] = defaultdict(list)
    for rule, severity, dataset, *line in connection.execute(
        """select rule, severity, dataset, file, row, "column", household, coalesce(value_class, ''), state, first_night
        from tonight where submitter = $submitter
        qualify row_number() over (
            partition by rule, severity, dataset order by file, row, "column", finding_id) <= $cap
        order by rule, severity, dataset, file, row, "column", finding_id""",
        {"submitter": letter.submitter, "cap": cap},
    ).fetchall():
        found[rule, severity, dataset].append(FindingLine(*line))
    return dict(found)


def write_workbook(path: Path, letter: Letter, rows: Mapping[GroupKey, Sequence[FindingLine]]) -> None:
    """Write the workbook; the same facts give the same bytes. No cell is a formula or a link."""
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties(
            {"title": f"{letter.submitter} {letter.night}", "created": datetime.combine(letter.night, time())}
        )
        style = _Styles(book)
        first, rules = book.add_worksheet(FIRST), book.add_worksheet(RULES)
        names = [f"{number} {group.card.rule}"[:_SHEET_NAME] for number, group in enumerate(letter.groups, start=1)]
        _what_matters(first, style, letter)
        _all_rules(rules, style, letter, names, rows)
        for name, group in zip(names, letter.groups, strict=True):
            _one_rule(book.add_worksheet(name), style, group, rows.get(key_of(group), ()))


class _Styles:
    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.head = book.add_format(
            {"bold": True, "bg_color": "#F4F6F8", "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        self.bold = book.add_format({"bold": True})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})


def _what_matters(sheet: Any, style: _Styles, letter: Letter) -> None:
    sentence = verdict(letter)
    sheet.set_column(0, 0, 34, style.text)
    sheet.set_column(1, 5, 16)
    line = _lines(
        sheet,
        0,
        [
            (f"数据接收情况通知 {letter.name} {letter.path} {letter.submitter} · {letter.night}", style.title),
            (SYNTHETIC, style.bold),
            (sentence.zh, style.bold),
            (sentence.en, None),
            (
                f"全部 {letter.findings:,} 处见 findings.csv。All {letter.findings:,} findings are in findings.csv.",
                None,
            ),
        ],
    )
    line = _head(
        sheet,
        style,
        line + 1,
        ["表 dataset", "收到 received", "接收 accepted", "暂缓 held", "未读 rejected", "非数据行 layout"],
    )
    for item in (*letter.datasets, letter.totals):
        name = f"{dataset_zh(item.dataset)} {item.dataset}" if item.dataset else "合计 total"
        line = _row(sheet, line, [name, item.received, item.accepted, item.held, item.rejected, item.layout])
    if letter.held.households:
        line = _row(sheet, line + 1, ["目前暂缓的户 households held", letter.held.households])
    if letter.mend_first:
        line = _head(
            sheet, style, line + 1, ["先修正这几项 What to mend first", "户 households", "处 findings", "规则 rule"]
        )
        for group in letter.mend_first:
            line = _row(sheet, line, [group.card.title_zh, group.households, group.findings, group.card.rule])
            line = _lines(sheet, line, [(f"{group.card.title_en}. {group.card.mend_en}", None)])
            line = _lines(sheet, line, [(f"如何修正：{group.card.mend_zh}", None)])


def _all_rules(
    sheet: Any,
    style: _Styles,
    letter: Letter,
    names: Sequence[str],
    rows: Mapping[GroupKey, Sequence[FindingLine]],
) -> None:
    sheet.set_column(0, 2, 30)
    sheet.set_column(3, 8, 14)
    sheet.freeze_panes(1, 0)
    heads = [
        "严重程度 severity", "问题 title", "规则 rule", "表 dataset", "处 findings", "其中新出现 new", "户 households",
        "列出 listed", "工作表 tab",
    ]  # fmt: skip
    line = _head(sheet, style, 0, heads)
    for name, group in zip(names, letter.groups, strict=True):
        severity = label(SEVERITIES, group.severity)
        line = _row(
            sheet,
            line,
            [
                f"{severity.zh} {severity.en}",
                group.card.title_zh,
                group.card.rule,
                dataset_zh(group.dataset),
                group.findings,
                group.fresh,
                group.households,
                len(rows.get(key_of(group), ())),
                name,
            ],
        )
    listed = sum(len(rows.get(key_of(group), ())) for group in letter.groups)
    fresh = sum(group.fresh for group in letter.groups)
    _row(sheet, line, ["合计 total", "", "", "", letter.findings, fresh, "", listed, ""])


def _one_rule(sheet: Any, style: _Styles, group: RuleGroup, rows: Sequence[FindingLine]) -> None:
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 6, 16)
    line = _lines(
        sheet,
        0,
        [
            (f"{group.card.title_zh} {group.card.title_en}", style.bold),
            (f"如何修正：{group.card.mend_zh}", None),
            (f"How to mend: {group.card.mend_en}", None),
        ],
    )
    if len(rows) < group.findings:
        told = f"此处列出 {len(rows):,} 处，共 {group.findings:,} 处，全部见 findings.csv。"
        line = _lines(
            sheet, line, [(f"{told}{len(rows):,} of {group.findings:,}; all are in findings.csv.", style.bold)]
        )
    heads = ["文件 file", "行 row", "列 column", "户编号 household", "情况 what", "状态 state", "自 since"]
    top = line
    line = _head(sheet, style, line, heads)
    for row in rows:
        cells = [row.file, row.row, column_zh(group.dataset, row.column), row.household]
        words = [_words(VALUE_CLASSES, row.value_class), _words(FINDING_STATES, row.state), f"{row.since}"]
        line = _row(sheet, line, [*cells, *words])
    sheet.freeze_panes(top + 1, 0)
    if rows:
        sheet.autofilter(top, 0, line - 1, len(heads) - 1)


def _words(labels: Mapping[str, Label], word: str) -> str:
    return labels[word].zh if word in labels else word


def _head(sheet: Any, style: _Styles, line: int, heads: Iterable[str]) -> int:
    for place, head in enumerate(heads):
        sheet.write_string(line, place, head, style.head)
    return line + 1


def _lines(sheet: Any, line: int, lines: Iterable[tuple[str, Any]]) -> int:
    for text, style in lines:
        sheet.write_string(line, 0, text, style)
        line += 1
    return line


def _row(sheet: Any, line: int, cells: Iterable[str | int | date | None]) -> int:
    for place, cell in enumerate(cells):
        if isinstance(cell, int):
            sheet.write_number(line, place, cell)
        elif cell is not None:
            sheet.write_string(line, place, str(cell))
    return line + 1
