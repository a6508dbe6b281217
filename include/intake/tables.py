"""A file of text or a workbook as one plain text: cells parted by UNIT, rows by line feeds, nothing quoted.

DuckDB splits such a text without any rule about quotes, so that the number of a row is the number that a clerk's
spreadsheet shows (blank rows count), and a cell too many is seen. Line ends inside of a cell become a blank.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from include.intake.decode import FileFormat, NotWhatItSays, Undecodable, decode_text

UNIT = "\x1f"
"""ASCII's own unit separator: no office's file holds it; where one does, it becomes a blank."""
HEAD_ROWS = 11
"""Rows in which titles, the header and a row of units are looked for."""
WHITE = "\t\u00a0\u3000\u200b\ufeff"
"""White space other than the blank that clerks leave around a cell's value, seen or unseen."""
DELIMITERS = (",", "\t", ";", "|", "，")
_OUTER_WHITE = re.compile(rf"(^|[{UNIT}\n])[ {WHITE}]+|[ {WHITE}]+(?=[{UNIT}\n]|$)")
_END = "\x1eend"
_EXACT_BELOW = 10**15
"""A spreadsheet keeps fifteen digits; a number from here on has lost its last ones."""

Head = list[list[str]]


@dataclass(frozen=True)
class Table:
    """The rows of one file as text, see above."""

    text: str
    encoding: str | None

    @property
    def head(self) -> Head:
        """The first rows, cell by cell."""
        return [line.split(UNIT) for line in self.text.split("\n", HEAD_ROWS)[:HEAD_ROWS]]


class MoreThanOneSheet(ValueError):
    """Several sheets carry the dataset's header."""


def read_table(data: bytes, file_format: FileFormat, score: Callable[[Head], int]) -> Table:
    """The table in a file's bytes. `score` says how well a head fits the dataset: it picks delimiter and sheet.

    Raises Undecodable, NotWhatItSays or MoreThanOneSheet.
    """
    if file_format == "csv":
        text, encoding = decode_text(data)
        return Table(_trimmed(_plain(text, score)), encoding)
    return Table(_trimmed(_workbook(data, score)), None)


def _trimmed(text: str) -> str:
    """Cells without white space around them; mere blanks are left to DuckDB, which is faster at them."""
    if not any(white in text for white in WHITE):
        return text
    return _OUTER_WHITE.sub(r"\1", text)


def _plain(text: str, score: Callable[[Head], int]) -> str:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace(UNIT, " ").replace("\x1e", " ").rstrip("\n")
    start = text.split("\n", HEAD_ROWS)[:HEAD_ROWS]
    if '"' not in text:
        best = max(DELIMITERS, key=lambda delimiter: score([line.split(delimiter) for line in start]))
        return text.replace(best, UNIT)
    best = max(DELIMITERS, key=lambda delimiter: score(list(csv.reader(start, delimiter=delimiter))))
    try:
        rows = list(csv.reader(io.StringIO(f"{text}\n{_END}", newline=""), delimiter=best))
    except csv.Error as error:
        raise Undecodable("a cell that never ends") from error
    # An open quote swallows the mark at the end; one that happens to be closed later swallows whole rows.
    if rows.pop() != [_END] or any(_swallows_rows(row, best) for row in rows):
        raise Undecodable("a quote that is never closed")
    return _joined([_unwrapped(cell) for cell in row] for row in rows)


def _swallows_rows(row: list[str], delimiter: str) -> bool:
    """True when a cell holds lines that look like rows of the table themselves."""
    enough = max(2, (len(row) - 1) // 2)
    return any("\n" in cell and any(line.count(delimiter) >= enough for line in cell.split("\n")) for cell in row)


def _unwrapped(cell: str) -> str:
    # ="0123" is how a clerk keeps a spreadsheet from turning a code into a number.
    return cell[2:].removesuffix('"') if cell.startswith('="') and cell.endswith('"') else cell


def _joined(rows: Iterable[list[str]]) -> str:
    return "\n".join(UNIT.join(row).replace("\r\n", " ").replace("\n", " ").replace("\r", " ") for row in rows)


def _workbook(data: bytes, score: Callable[[Head], int]) -> str:
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            names = [
                meta.name
                for meta in book.sheets_metadata
                if meta.visible == SheetVisibleEnum.Visible and meta.typ == SheetTypeEnum.WorkSheet
            ]
            sheets = [_cells(book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in names]
    except Exception as error:  # calamine has several of its own, and damaged files find more
        raise _refusal_of(error) from error
    except BaseException as error:
        # A panic inside the parser's Rust code is no Exception; one damaged file must not end the night.
        if type(error).__name__ != "PanicException":
            raise
        raise Undecodable("a workbook that cannot be opened") from error
    fitting = [sheet for sheet in sheets if score(sheet[:HEAD_ROWS]) > 0]
    if len(fitting) > 1:
        raise MoreThanOneSheet(f"{len(fitting)} sheets")
    chosen = fitting or sheets[:1]
    return _joined(chosen[0]).rstrip("\n") if chosen else ""


def _refusal_of(error: Exception) -> ValueError:
    if type(error).__name__ == "PasswordError":
        return Undecodable("a password")
    return NotWhatItSays("a workbook that cannot be opened")


def _cells(rows: list[list[Any]]) -> list[list[str]]:
    return [[_text(value) for value in row] for row in rows]


def _text(value: Any) -> str:
    """A spreadsheet's value as the text that a clerk sees, dates as YYYY-MM-DD."""
    if isinstance(value, str):
        return value.replace(UNIT, " ")
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time(0) else f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else ""


def _number(value: int | float) -> str:
    if not abs(value) < _EXACT_BELOW:
        # In scientific notation it is recognised for what it is: destroyed.
        return f"{value:.14E}"
    if value == int(value):
        return str(int(value))
    return format(Decimal(f"{value:.15g}"), "f")
