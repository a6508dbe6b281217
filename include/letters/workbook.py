"""The letter as a workbook, for the clerk who mends in a spreadsheet: what matters most, all rules, a tab for each.

Its numbers are those of the page. findings.csv stays the full list: a tab is capped, so that the workbook opens. Each
tab is as wide as one sheet of A4 across and repeats its header on every page, since offices print it.
"""

from __future__ import annotations

import html
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import duckdb
import xlsxwriter

from include.contract.words import FINDING_STATES, SEVERITIES, SYNTHETIC, VALUE_CLASSES, Label, label
from include.letters.facts import FindingLine, Letter, RuleGroup
from include.letters.render import column_zh, dataset_zh
from include.letters.verdict import until, verdict

ROWS_PER_TAB = 2_000
"""Rows of one rule that a tab lists at most."""
ROWS_PER_BOOK = 20_000
"""Rows that all tabs list together: older machines open a workbook of this size in seconds."""

FIRST, RULES = "先看这里 First", "各项规则 Rules"
_SHEET_NAME = 31
"""Characters that a spreadsheet allows in a tab's name."""
_FONT = {"font_name": "Microsoft YaHei", "font_size": 10}
"""On every Chinese Windows; elsewhere the spreadsheet takes its own."""
_LINE = 15.5
"""Height of a line of text, in points. A spreadsheet sets no heights of its own for text across columns."""
_A4 = 9
_FIRST_WIDTHS = (42, 14, 14, 28, 14, 14)
_RULES_WIDTHS = (28, 42, 34, 14, 13, 16, 15, 13, 35)
_RULE_WIDTHS = (42, 8, 24, 20, 22, 14, 13)

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
    options: dict[str, Any] = {"default_format_properties": _FONT}
    options |= {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
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


def texts_of(path: Path) -> str:
    """All texts of a workbook that write_workbook wrote, each cell's once, for the last look at them."""
    with ZipFile(path) as book:
        return "\n".join(
            html.unescape(book.read(part).decode()) for part in ("xl/sharedStrings.xml", "docProps/core.xml")
        )


class _Styles:
    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.head = book.add_format(
            {"bold": True, "bg_color": "#F4F6F8", "bottom": 1, "text_wrap": True, "valign": "top", "indent": 1}
        )
        self.bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.cell = book.add_format({"text_wrap": True, "valign": "top", "align": "left", "indent": 1})
        self.number = book.add_format({"valign": "top", "num_format": "#,##0"})
        self.note = book.add_format({"text_wrap": True, "valign": "top", "font_color": "#4A5560"})


def _what_matters(sheet: Any, style: _Styles, letter: Letter) -> None:
    sentence, wanted = verdict(letter), until(letter)
    _as_a_page(sheet, _FIRST_WIDTHS)
    line = _lines(
        sheet,
        _FIRST_WIDTHS,
        0,
        [
            (f"数据接收情况通知 {letter.name} {letter.path} {letter.submitter} · {letter.night}", style.title),
            (SYNTHETIC, style.bold),
            (sentence.zh, style.bold),
            (sentence.en, style.text),
            *([(wanted.zh, style.bold), (wanted.en, style.text)] if wanted else []),
            (
                f"全部 {letter.findings:,} 处见 findings.csv。All {letter.findings:,} findings are in findings.csv.",
                style.text,
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
        line = _row(
            sheet,
            style,
            _FIRST_WIDTHS,
            line,
            [name, item.received, item.accepted, item.held, item.rejected, item.layout],
        )
    if letter.held.households:
        held: list[str | int] = ["目前暂缓的户 households held", letter.held.households]
        line = _row(sheet, style, _FIRST_WIDTHS, line + 1, held)
    if letter.mend_first:
        line = _head(
            sheet, style, line + 1, ["先修正这几项 What to mend first", "户 households", "处 findings", "规则 rule"]
        )
        for group in letter.mend_first:
            cells: list[str | int] = [group.card.title_zh, group.households, group.findings, group.card.rule]
            line = _row(sheet, style, _FIRST_WIDTHS, line, cells)
            mend = [
                (f"如何修正：{group.card.mend_zh}", style.text),
                (f"{group.card.title_en}. {group.card.mend_en}", style.note),
            ]
            line = _lines(sheet, _FIRST_WIDTHS, line, mend)


def _all_rules(
    sheet: Any,
    style: _Styles,
    letter: Letter,
    names: Sequence[str],
    rows: Mapping[GroupKey, Sequence[FindingLine]],
) -> None:
    _as_a_page(sheet, _RULES_WIDTHS)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    heads = [
        "严重程度 severity", "问题 title", "规则 rule", "表 dataset", "处 findings", "其中新出现 new", "户 households",
        "列出 listed", "工作表 tab",
    ]  # fmt: skip
    line = _head(sheet, style, 0, heads)
    for name, group in zip(names, letter.groups, strict=True):
        severity = label(SEVERITIES, group.severity)
        line = _row(
            sheet,
            style,
            _RULES_WIDTHS,
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
    _row(sheet, style, _RULES_WIDTHS, line, ["合计 total", "", "", "", letter.findings, fresh, "", listed, ""])


def _one_rule(sheet: Any, style: _Styles, group: RuleGroup, rows: Sequence[FindingLine]) -> None:
    _as_a_page(sheet, _RULE_WIDTHS)
    line = _lines(
        sheet,
        _RULE_WIDTHS,
        0,
        [
            (f"{group.card.title_zh} {group.card.title_en}", style.bold),
            (f"如何修正：{group.card.mend_zh}", style.text),
            (f"How to mend: {group.card.mend_en}", style.note),
        ],
    )
    if len(rows) < group.findings:
        told = f"此处列出 {len(rows):,} 处，共 {group.findings:,} 处，全部见 findings.csv。"
        told += f"{len(rows):,} of {group.findings:,}; all are in findings.csv."
        line = _lines(sheet, _RULE_WIDTHS, line, [(told, style.bold)])
    heads = ["文件 file", "行 row", "列 column", "户编号 household", "情况 what", "状态 state", "自 since"]
    top = line
    line = _head(sheet, style, line, heads)
    for row in rows:
        cells = [row.file, row.row, column_zh(group.dataset, row.column), row.household]
        words = [_words(VALUE_CLASSES, row.value_class), _words(FINDING_STATES, row.state), f"{row.since}"]
        line = _row(sheet, style, _RULE_WIDTHS, line, [*cells, *words])
    sheet.freeze_panes(top + 1, 0)
    sheet.repeat_rows(top)
    if rows:
        sheet.autofilter(top, 0, line - 1, len(heads) - 1)


def _words(labels: Mapping[str, Label], word: str) -> str:
    return labels[word].zh if word in labels else word


def _head(sheet: Any, style: _Styles, line: int, heads: Iterable[str]) -> int:
    for place, head in enumerate(heads):
        sheet.write_string(line, place, head, style.head)
    return line + 1


def _as_a_page(sheet: Any, widths: Sequence[int]) -> None:
    """A4 across, as wide as one page, numbered; `widths` in characters, by column."""
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&L&A&R&P / &N")


def _lines(sheet: Any, widths: Sequence[int], line: int, lines: Iterable[tuple[str, Any]]) -> int:
    """Texts across all columns, each as high as it needs."""
    for text, style in lines:
        size = style.font_size / _FONT["font_size"]
        sheet.set_row(line, _LINE * size * _wrapped(text, sum(widths) / size))
        sheet.merge_range(line, 0, line, len(widths) - 1, "", style)
        sheet.write_string(line, 0, text, style)
        line += 1
    return line


def _row(sheet: Any, style: _Styles, widths: Sequence[int], line: int, cells: Iterable[str | int | date | None]) -> int:
    high = 1
    for place, cell in enumerate(cells):
        if isinstance(cell, int):
            sheet.write_number(line, place, cell, style.number)
        elif cell is not None:
            sheet.write_string(line, place, str(cell), style.cell if place else style.text)
            high = max(high, _wrapped(str(cell), widths[place]))
    if high > 1:
        sheet.set_row(line, _LINE * high)
    return line + 1


def _wrapped(text: str, width: float) -> int:
    """How many lines a text takes in a width of so many characters; a Chinese one is as wide as two."""
    wide = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
    return max(1, -int(-wide // width))
