"""A file of text or a workbook as one plain text: cells parted by UNIT, rows by line feeds, nothing quoted.

DuckDB splits such a text without any rule about quotes, so that the number of a row is the number that a clerk's
spreadsheet shows (blank rows count), and a cell too many is seen. Line ends inside of a cell become a blank.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass

from include.intake.cells import CONTROLS, UNIT, without_marks
from include.intake.decode import FileFormat, Undecodable, decode_text
from include.intake.workbook import data_sheets

HEAD_ROWS = 11
"""Rows in which titles, the header and a row of units are looked for."""
WHITE = "\t\u00a0\u3000\u200b\ufeff"
"""White space other than the blank that clerks leave around a cell's value, seen or unseen."""
DELIMITERS = (",", "\t", ";", "|", "，")
_OUTER_WHITE = re.compile(rf"(^|[{UNIT}\n])[ {WHITE}]+|(?<![ {WHITE}])[ {WHITE}]+(?=[{UNIT}\n]|$)")
_END = "\x1eend"

Head = list[list[str]]


@dataclass(frozen=True)
class Table:
    """The rows of one file as text, see above."""

    text: str
    encoding: str | None
    hidden_sheets: int = 0
    other_sheets: int = 0
    """Visible sheets with content that do not have the dataset's header."""

    @property
    def head(self) -> Head:
        """The first rows, cell by cell, without marks."""
        return [line.split(UNIT) for line in without_marks("\n".join(self.lines(HEAD_ROWS))).split("\n")]

    def lines(self, most: int) -> list[str]:
        """The first lines of the text."""
        return self.text.split("\n", most)[:most]


class MoreThanOneSheet(ValueError):
    """Several sheets carry the dataset's header."""


def read_table(data: bytes, file_format: FileFormat, score: Callable[[Head], int]) -> Table:
    """The table in a file's bytes. `score` says how well a head fits the dataset: it picks delimiter and sheet.

    Raises Undecodable, NotWhatItSays, StrayCells or MoreThanOneSheet.
    """
    if file_format == "csv":
        text, encoding = decode_text(data)
        return Table(_trimmed(_plain(text, score)), encoding)
    return _workbook(data, file_format, score)


def _trimmed(text: str) -> str:
    """Cells without white space around them; mere blanks are left to DuckDB, which is faster at them."""
    if not any(white in text for white in WHITE):
        return text
    return _OUTER_WHITE.sub(r"\1", text)


def _plain(text: str, score: Callable[[Head], int]) -> str:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if any(chr(control) in text for control in CONTROLS):
        text = text.translate(CONTROLS)
    text = text.rstrip("\n")
    start = text.split("\n", HEAD_ROWS)[:HEAD_ROWS]
    if '"' not in text:
        best = _delimiter(start, lambda delimiter: score([line.split(delimiter) for line in start]))
        return text.replace(best, UNIT)
    try:
        best = _delimiter(start, lambda delimiter: score(list(csv.reader(start, delimiter=delimiter))))
        rows = list(csv.reader(io.StringIO(f"{text}\n{_END}", newline=""), delimiter=best, strict=True))
    except csv.Error as error:
        raise Undecodable("a quote out of its place, or a cell that never ends") from error
    # An open quote swallows the mark at the end; one that happens to be closed later swallows whole rows.
    if rows.pop() != [_END]:
        raise Undecodable("a quote that is never closed")
    width = max(map(len, rows[:HEAD_ROWS]), default=0)
    if any(_swallows_cells(row, best) for row in rows if len(row) < width):
        raise Undecodable("a quote that is closed too late")
    if len(rows) <= text.count("\n"):  # some cell has lines of its own
        if any(_swallows_rows(row, best) for row in rows):
            raise Undecodable("a quote that is never closed")
        rows = [[cell.replace("\n", " ") for cell in row] for row in rows]
    if '="' in text:
        rows = [[_unwrapped(cell) for cell in row] for row in rows]
    return "\n".join(map(UNIT.join, rows))


def _delimiter(start: list[str], score: Callable[[str], int]) -> str:
    """The delimiter that scores best, of equals the first.

    One that is not there leaves a single cell in each row, which is no header: that need not be scored. But a line too
    long for one cell is an error of the scoring itself.
    """
    if sum(map(len, start)) >= csv.field_size_limit():
        return max(DELIMITERS, key=score)
    there = [delimiter for delimiter in DELIMITERS if any(delimiter in line for line in start)]
    if there in ([], [DELIMITERS[0]]):
        return DELIMITERS[0]
    scored = {DELIMITERS[0]: 0} | {delimiter: score(delimiter) for delimiter in there}
    return max(scored, key=lambda delimiter: scored[delimiter])


def _swallows_rows(row: list[str], delimiter: str) -> bool:
    """True when a cell holds lines that look like rows of the table themselves."""
    enough = max(2, (len(row) - 1) // 2)
    return any("\n" in cell and any(line.count(delimiter) >= enough for line in cell.split("\n")) for cell in row)


def _swallows_cells(row: list[str], delimiter: str) -> bool:
    """True when a cell holds a delimiter with a quote beside it, as two cells read as one do."""
    return any(f'"{delimiter}' in cell or f'{delimiter}"' in cell for cell in row)


def _unwrapped(cell: str) -> str:
    # ="0123" is how a clerk keeps a spreadsheet from turning a code into a number.
    return cell[2:].removesuffix('"') if cell.startswith('="') and cell.endswith('"') else cell


def _workbook(data: bytes, file_format: FileFormat, score: Callable[[Head], int]) -> Table:
    sheets = data_sheets(data, file_format)
    fitting = [sheet for sheet in sheets.visible if score(_plain_head(sheet)) > 0]
    if len(fitting) > 1:
        raise MoreThanOneSheet(f"{len(fitting)} sheets")
    chosen = (fitting or sheets.visible or [[]])[0]
    others = sum(1 for sheet in sheets.visible if sheet is not chosen and any(map(any, sheet)))
    rows = (UNIT.join(row) for row in chosen)
    text = "\n".join(row.replace("\r\n", " ").replace("\n", " ").replace("\r", " ") for row in rows)
    return Table(_trimmed(text.rstrip("\n")), None, sheets.hidden, others)


def _plain_head(sheet: Head) -> Head:
    return [[without_marks(cell) for cell in row] for row in sheet[:HEAD_ROWS]]
