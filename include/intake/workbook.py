"""The visible sheets of an .xlsx or .xls as texts, the way a clerk sees their cells."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from include.intake.decode import NotWhatItSays, Undecodable
from include.intake.package import DAMAGED

MAX_CELLS = 20_000_000
"""From a sheet's first cell to its last: half a million households; the parser takes some 60 bytes for each."""

_EXACT_BELOW = 10**15
"""A spreadsheet keeps fifteen digits; a number from here on has lost its last ones."""
_CHUNK = 4 << 20
_CELL = re.compile(rb"""<(?:\w+:)?c\s[^<>]*?\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["'][^<>]*>""")

_ROW = re.compile(
    rb"""<(?:\w+:)?row\s[^<>]*?\br\s*=\s*["']([0-9]{1,7})["'][^<>]*(?<!/)>\s*<(?:\w+:)?c(?:\s(?![^<>]*\br\s*=)[^<>]*)?(?<!/)>"""
)
"""A row with content in a first cell that does not say where it is: the row's own number says it."""


class StrayCells(ValueError):
    """A cell lies so far from the others that the sheet would not fit into memory."""


def data_sheets(data: bytes) -> list[list[list[str]]]:
    """Rows of every visible sheet, from its top left corner, so that row numbers are those of the spreadsheet.

    Raises Undecodable for a workbook with a password, NotWhatItSays for one that cannot be opened, StrayCells.
    """
    _check_extent(data)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            names = [
                meta.name
                for meta in book.sheets_metadata
                if meta.visible == SheetVisibleEnum.Visible and meta.typ == SheetTypeEnum.WorkSheet
            ]
            return [_texts(book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in names]
    except Exception as error:  # the parser has several of its own, and damaged files find more
        raise _refusal_of(error) from error
    except BaseException as error:
        # A panic inside the parser's Rust code is no Exception; one damaged file must not end the night.
        if type(error).__name__ != "PanicException":
            raise
        raise NotWhatItSays("a workbook that cannot be opened") from error


def _check_extent(data: bytes) -> None:
    """Refuse what the parser would spread out beyond memory: it then aborts the whole process, not only the file.

    Cells without content (formatted to the sheet's last row, a common accident) do not count. An .xls cannot be so
    large: its format ends at 65,536 rows and 256 columns.
    """
    if not data.startswith(b"PK"):
        return
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
    rows = columns = 0
    rest = b""
    with archive.open(name) as sheet:
        while chunk := sheet.read(_CHUNK):
            text = rest + chunk
            cut = text.rfind(b"<")
            rest = text[cut:]
            for found in _CELL.finditer(text, 0, cut):
                if found.group().endswith(b"/>"):
                    continue
                rows = max(rows, int(found.group(2)))
                columns = max(columns, _column_number(found.group(1)))
            for found in _ROW.finditer(text, 0, cut):
                rows = max(rows, int(found.group(1)))
    return rows, columns


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _refusal_of(error: Exception) -> ValueError:
    if type(error).__name__ == "PasswordError":
        return Undecodable("a password")
    return NotWhatItSays("a workbook that cannot be opened")


def _texts(rows: list[list[Any]]) -> list[list[str]]:
    return [[_text(value) for value in row] for row in rows]


def _text(value: Any) -> str:
    """A spreadsheet's value as the text that a clerk sees, dates as YYYY-MM-DD."""
    if isinstance(value, str):
        return value
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
