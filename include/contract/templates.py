"""Empty templates that an office fills in: a CSV and an xlsx for each dataset, made from the contract on demand."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter

from include.contract.model import CURRENT_VERSION, CodeList, Column, Contract, code_lists, contracts
from include.contract.words import chinese, codes_in_words, type_in_words
from include.files import write_aside

_MADE = datetime(2026, 1, 1, tzinfo=UTC)  # the file's own date: the same contract gives the same bytes
_ROWS_WITH_HELP = 5_000
_HELP_LIMIT = 250  # a spreadsheet allows 255 characters in a list and in a hint


def write_templates(out: Path) -> list[Path]:
    """Write `<dataset>.csv`, `<dataset>.xlsx` and an example `manifest.json` under `out`; returns the paths written."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for contract in contracts().values():
        written += [
            _write_csv(contract, out / f"{contract.name}.csv"),
            _write_xlsx(contract, out / f"{contract.name}.xlsx"),
        ]
    manifest = out / "manifest.json"
    with write_aside(manifest) as aside:
        aside.write_text(json.dumps(example_manifest(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return [*written, manifest]


def example_manifest() -> dict[str, object]:
    """A manifest as an office writes it, for templates and guide; the hash is a stand-in of the right length."""
    return {
        "contract_version": CURRENT_VERSION,
        "submitter": "513431",
        "as_of": "2026-11-20",
        "kind": "full",
        "nothing_due": False,
        "synthetic": True,
        "files": [{"dataset": "households", "path": "households.csv", "rows": 1234, "sha256": "0" * 64}],
    }


def _write_csv(contract: Contract, path: Path) -> Path:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([column.zh for column in contract.columns])
    with write_aside(path) as aside:
        aside.write_text(text.getvalue(), encoding="utf-8-sig", newline="")
    return path


def _write_xlsx(contract: Contract, path: Path) -> Path:
    with write_aside(path) as aside:
        book = xlsxwriter.Workbook(str(aside), {"in_memory": True})
        book.set_properties({"title": contract.zh, "comments": f"contract {contract.version}", "created": _MADE})
        _sheet_to_fill(book, contract)
        _sheet_of_columns(book, contract)
        book.close()
    return path


def _sheet_to_fill(book: xlsxwriter.Workbook, contract: Contract) -> None:
    """The sheet to fill: cells of text columns are text, so that no id turns into scientific notation."""
    sheet = book.add_worksheet(contract.zh)
    must = book.add_format({"bold": True, "bg_color": "#f6d9a8", "border": 1})
    may = book.add_format({"bold": True, "bg_color": "#e8eef3", "border": 1})
    text = book.add_format({"num_format": "@"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    plain = book.add_format({})
    lists = code_lists()
    for index, column in enumerate(contract.columns):
        kind = {"string": text, "date": day}.get(column.type, plain)
        sheet.set_column(index, index, max(12, 2 * len(column.zh) + 2), kind)
        sheet.write_string(0, index, column.zh, must if column.required else may)
        sheet.data_validation(1, index, _ROWS_WITH_HELP, index, _help(column, lists))
    sheet.freeze_panes(1, 1)


def _help(column: Column, lists: dict[str, CodeList]) -> dict[str, object]:
    """The hint that a spreadsheet shows beside a cell, and the list of codes where one code is asked for."""
    codes = lists[column.code_list] if column.code_list else None
    labels = "; ".join(f"{code.code} {code.zh}" for code in codes.codes) if codes else ""
    hint = f"{chinese(column.description)}。{labels}"
    rule: dict[str, object] = {
        "validate": "any",
        "input_title": column.zh[:32],
        "input_message": hint if len(hint) <= _HELP_LIMIT else hint[: _HELP_LIMIT - 1] + "…",
    }
    if codes and not column.max_items and len(",".join(codes.values())) <= _HELP_LIMIT:
        # "information" warns and lets the value stand: the centre's check decides, not the spreadsheet.
        rule |= {"validate": "list", "source": list(codes.values()), "error_type": "information", "ignore_blank": True}
    return rule


def _sheet_of_columns(book: xlsxwriter.Workbook, contract: Contract) -> None:
    """The second sheet: what each column means, its type and codes, whether it must be filled, and why it is asked."""
    sheet = book.add_worksheet("填报说明")
    head = book.add_format({"bold": True, "bg_color": "#e8eef3", "border": 1, "text_wrap": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    titles = ("列 Column", "英文列名 Name", "必填 Required", "类型 Type", "代码 Codes", "说明 Meaning", "为何需要 Why")
    for index, (title, width) in enumerate(zip(titles, (24, 24, 10, 24, 44, 44, 34), strict=True)):
        sheet.set_column(index, index, width)
        sheet.write_string(0, index, title, head)
    lists = code_lists()
    for row, column in enumerate(contract.columns, start=1):
        codes = lists[column.code_list] if column.code_list else None
        listed = (
            "\n".join(f"{code.code} {code.zh} {code.en}" for code in codes.codes)
            if codes
            else codes_in_words(column, "zh")
        )
        cells = (
            column.zh,
            column.name,
            "是 yes" if column.required else "",
            f"{type_in_words(column, 'zh')}\n{type_in_words(column, 'en')}",
            listed,
            f"{chinese(column.description)}\n{column.description}",
            f"{chinese(column.why)}\n{column.why}",
        )
        for index, cell in enumerate(cells):
            sheet.write_string(row, index, cell, wrap)
    sheet.freeze_panes(1, 2)
