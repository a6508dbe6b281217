"""The visible sheets of an .xlsx or .xls as texts, the way a clerk sees their cells.

Values that need the header to be understood (merged cells, dates) carry the marks of include/intake/cells.py.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import xlrd  # type: ignore[import-untyped]  # its types are a package of their own
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from include.intake.cells import CONTROLS, DATED, SHARED, UNCLEAR
from include.intake.decode import FileFormat, NotWhatItSays, Undecodable
from include.intake.number_formats import Shape, shape_of, shown_date, shown_number, whole_date
from include.intake.package import DAMAGED
from include.intake.workbook_styles import Shown, UnplacedCell, column_number, shown_cells

MAX_CELLS = 20_000_000
"""From a sheet's first cell to its last: half a million households; the parser takes some 60 bytes for each."""

_EXACT_BELOW = 10**15
"""A spreadsheet keeps fifteen digits; a number from here on has lost its last ones."""
_CHUNK = 4 << 20
_ATTRIBUTES = rb"""((?:[^<>"']++|"[^<"]*+"|'[^<']*+')*+)"""
"""What stands in a tag. It is gone over once and never again (possessive): a tag that does not end costs no more."""
_CELL = re.compile(rb"<(?:\w+:)?c\s" + _ATTRIBUTES + rb">")
_FIRST_CELL = re.compile(rb"<(?:\w+:)?row\s" + _ATTRIBUTES + rb">\s*+<(?:\w+:)?c(?:\s" + _ATTRIBUTES + rb")?>")
_SAYS_PLACE = re.compile(rb"\br\s*=")
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
_NUMBER = re.compile(rb"""\br\s*=\s*["']([0-9]{1,7})["']""")
_PLAIN = Shape()
_ERROR = "#VALUE!"
"""What an .xlsx cell with an error is read as: which error it was does not matter."""


class StrayCells(ValueError):
    """Cells so far from the others, or merged so often over each other, that the sheet would not fit into memory."""


@dataclass(frozen=True)
class Sheets:
    """The sheets of a workbook."""

    visible: list[list[list[str]]]
    """Rows from the top left corner, so that row numbers are those of the spreadsheet."""
    hidden: int
    """Sheets that are not shown, and therefore not read."""


def data_sheets(data: bytes, file_format: FileFormat) -> Sheets:
    """The texts of every visible sheet.

    Raises Undecodable for a workbook with a password, NotWhatItSays for one that cannot be opened, StrayCells.
    """
    if file_format == "xls":
        return _xls_sheets(data)
    _check_extent(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            shown = shown_cells(archive)
    except (*DAMAGED, KeyError, UnplacedCell, ElementTree.ParseError) as error:
        raise NotWhatItSays("a damaged workbook") from error
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            sheets = [meta for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
            names = [meta.name for meta in sheets if meta.visible == SheetVisibleEnum.Visible]
            visible = [_xlsx_rows(book, name, shown.get(name, Shown({}, frozenset()))) for name in names]
            return Sheets(visible, len(sheets) - len(names))
    except StrayCells:
        raise
    except Exception as error:  # the parser has several of its own, and damaged files find more
        raise _refusal_of(error) from error
    except BaseException as error:
        # A panic inside the parser's Rust code is no Exception; one damaged file must not end the night.
        if type(error).__name__ != "PanicException":
            raise
        raise NotWhatItSays("a workbook that cannot be opened") from error


def _xlsx_rows(book: CalamineWorkbook, name: str, shown: Shown) -> list[list[str]]:
    sheet = book.get_sheet_by_name(name)
    values = sheet.to_python(skip_empty_area=False)
    # Most cells are texts without a control character, and stay as they are.
    rows = [[v if type(v) is str and v.isprintable() else _text(v) for v in row] for row in values]
    for (row, column), shape in shown.shapes.items():
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = _text(values[row][column], shape)
    for row, column in shown.errors:
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = _ERROR
    spread = ((top, bottom + 1, left, right + 1) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ())
    _share_all(rows, spread)
    return rows


def _xls_sheets(data: bytes) -> Sheets:
    try:
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123  the parser writes its remarks to a file
            book = xlrd.open_workbook(
                file_contents=data, formatting_info=True, ragged_rows=True, logfile=nowhere, on_demand=False
            )
            visible = [_xls_rows(book, sheet) for sheet in book.sheets() if not sheet.visibility]
            return Sheets(visible, sum(1 for sheet in book.sheets() if sheet.visibility))
    except StrayCells:
        raise
    except Exception as error:  # a damaged file finds every kind
        if "encrypted" in str(error).lower():
            raise Undecodable("a password") from error
        raise NotWhatItSays("a workbook that cannot be opened") from error


def _xls_rows(book: xlrd.Book, sheet: xlrd.sheet.Sheet) -> list[list[str]]:
    rows = [[_xls_text(book, cell) for cell in sheet.row(number)] for number in range(sheet.nrows)]
    width = max(map(len, rows), default=0)
    for row in rows:
        row.extend([""] * (width - len(row)))
    _share_all(rows, sheet.merged_cells)
    return rows


def _xls_text(book: xlrd.Book, cell: xlrd.sheet.Cell) -> str:
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return _text(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, _ERROR))
    if cell.ctype not in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        return _text(cell.value)
    shape = shape_of(book.format_map[book.xf_list[cell.xf_index].format_key].format_str)
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return _text(cell.value, shape)
    try:
        moment = xlrd.xldate_as_datetime(cell.value, book.datemode)
    except (xlrd.xldate.XLDateError, OverflowError, ValueError):
        return _text(cell.value)
    # Below one day it is a time of day, which has no date to it.
    return _text(moment if cell.value >= 1 else moment.time(), shape)


def _share_all(rows: list[list[str]], spread: Iterable[tuple[int, int, int, int]]) -> None:
    """Give each merged cell's value to the cells it covers.

    No spreadsheet writes merged cells that overlap, so that together they cover no more than a sheet may have. Raises
    StrayCells where they do: each of thousands could cover the whole sheet again.
    """
    width, covered = max(map(len, rows), default=0), 0
    for top, bottom, left, right in spread:
        covered += max(min(bottom, len(rows)) - top, 0) * max(min(right, width) - left, 0)
        if covered > MAX_CELLS:
            raise StrayCells("merged cells that lie over each other")
        _share(rows, (top, bottom, left, right))


def _share(rows: list[list[str]], merged: tuple[int, int, int, int]) -> None:
    """Give a merged cell's value to every cell it covers, with the mark of what it was merged over."""
    top, bottom, left, right = merged
    bottom = min(bottom, len(rows))
    value = rows[top][left].strip() if top < bottom and left < len(rows[top]) else ""
    if not value:
        return
    mark = SHARED if right - left == 1 else UNCLEAR
    for row in rows[top:bottom]:
        for column in range(left, min(right, len(row))):
            row[column] = mark + (value if column == left else "")


def _check_extent(data: bytes) -> None:
    """Refuse what the parser would spread out beyond memory: it then aborts the whole process, not only the file.

    Cells without content (formatted to the sheet's last row, a common accident) do not count. An .xls cannot be so
    large: its format ends at 65,536 rows and 256 columns.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                # Any part may be a sheet: the workbook's relations say which, and need not follow the custom.
                if name.lower().endswith(".xml"):
                    rows, columns = _extent(archive, name)
                    if rows * columns > MAX_CELLS:
                        raise StrayCells("content far outside of the table")
    except StrayCells:
        raise
    except DAMAGED as error:
        raise NotWhatItSays("a damaged workbook") from error


def _extent(archive: zipfile.ZipFile, name: str) -> tuple[int, int]:
    rows, rest = 0, b""
    letters: set[bytes] = set()
    with archive.open(name) as sheet:
        while chunk := sheet.read(_CHUNK):
            text = rest + chunk
            cut = text.rfind(b"<")
            rest = text[cut:]
            filled = [cell for cell in _CELL.findall(text, 0, cut) if not cell.endswith(b"/")]
            places = _PLACE.findall(b"<".join(filled))
            letters.update(column for column, _ in places)
            numbers = {row for _, row in places}.union(_unplaced_rows(text, cut))
            rows = max(rows, *map(int, numbers), 0)
    return rows, max(map(column_number, letters), default=0)


def _unplaced_rows(text: bytes, end: int) -> list[bytes]:
    """Numbers of rows with content in a first cell that does not say where it is: the row's own number says it."""
    rows = [
        row
        for row, cell in _FIRST_CELL.findall(text, 0, end)
        if not row.endswith(b"/") and not cell.endswith(b"/") and not _SAYS_PLACE.search(cell)
    ]
    return _NUMBER.findall(b"<".join(rows))


def _refusal_of(error: Exception) -> ValueError:
    if type(error).__name__ == "PasswordError":
        return Undecodable("a password")
    return NotWhatItSays("a workbook that cannot be opened")


def _text(value: Any, shape: Shape = _PLAIN) -> str:
    """A spreadsheet's value as the text that a clerk sees, whole dates as YYYY-MM-DD and marked."""
    if isinstance(value, str):
        return value if value.isprintable() else value.translate(CONTROLS)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return shown_number(_number(value), shape) if shape.changes_number else _number(value)
    if isinstance(value, date):
        return shown_date(value, shape) if shape.changes_date else DATED + whole_date(value)
    if isinstance(value, time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else ""


def _number(value: int | float) -> str:
    if not abs(value) < _EXACT_BELOW:
        # In scientific notation it is recognised for what it is: destroyed.
        return f"{value:.14E}"
    if value == int(value):
        return str(int(value))
    return format(Decimal(f"{value:.15g}"), "f")
