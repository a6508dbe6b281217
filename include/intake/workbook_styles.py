"""Cells of an .xlsx that show something else than their bare value: by their number format, or as an error.

The parser of the cells gives values alone. This looks into the workbook's own parts, and at the sheets only where a
format is used that matters or an error stands.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from xml.etree import ElementTree

from include.intake.number_formats import Shape, builtin_code, shape_of

_RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATED = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_PLACE = re.compile(rb'\br\s*=\s*["\']([A-Za-z]{1,3})([0-9]{1,7})["\']')
_STYLE = re.compile(rb'\bs\s*=\s*["\']([0-9]{1,6})["\']')
_ERROR = re.compile(rb"""<(?:\w+:)?c\s(?=[^<>]*\bt\s*=\s*["']e["'])[^<>]*>""")


class UnplacedCell(ValueError):
    """A cell that matters does not say where it stands."""


@dataclass(frozen=True)
class Shown:
    """Of one sheet: the shape of each cell whose format matters, and the cells that hold an error; places from 0."""

    shapes: dict[tuple[int, int], Shape]
    errors: frozenset[tuple[int, int]]


def shown_cells(archive: zipfile.ZipFile) -> dict[str, Shown]:
    """For each sheet by name. Raises KeyError, ElementTree.ParseError or UnplacedCell for a damaged workbook."""
    styles = _styles(archive)
    return {name: _of_sheet(archive.read(part), styles) for name, part in _sheet_parts(archive).items()}


def column_number(letters: bytes) -> int:
    """A=1, Z=26, AA=27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _styles(archive: zipfile.ZipFile) -> dict[int, Shape]:
    """The cell styles whose format matters, by their number."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    root = _parsed(archive, "xl/styles.xml")
    codes = {
        int(format_.get("numFmtId", "0")): format_.get("formatCode", "")
        for format_ in root.iter()
        if _tag(format_) == "numFmt" and format_.get("numFmtId", "").isdigit()
    }
    cell_formats = next((part for part in root if _tag(part) == "cellXfs"), ())
    shapes: dict[int, Shape] = {}
    for number, one in enumerate(cell_formats):
        of = int(one.get("numFmtId", "0"))
        shape = shape_of(codes.get(of) or builtin_code(of))
        if shape.changes_date or shape.changes_number:
            shapes[number] = shape
    return shapes


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The part of the zip that holds each sheet."""
    targets = {
        one.get("Id", ""): one.get("Target", "") for one in _parsed(archive, "xl/_rels/workbook.xml.rels").iter()
    }
    parts: dict[str, str] = {}
    there = set(archive.namelist())
    for sheet in _parsed(archive, "xl/workbook.xml").iter():
        if _tag(sheet) == "sheet":
            target = targets.get(sheet.get(_RELATED) or sheet.get(_STRICT_RELATED) or "", "")
            part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
            if part in there:
                parts[sheet.get("name", "")] = part
    return parts


def _of_sheet(data: bytes, styles: dict[int, Shape]) -> Shown:
    errors: frozenset[tuple[int, int]] = frozenset()
    if b'"e"' in data or b"'e'" in data:  # a search for bytes is a hundred times cheaper, and most sheets have none
        errors = frozenset(_place(found.group()) for found in _ERROR.finditer(data))
    if not styles:
        return Shown({}, errors)
    numbers = "|".join(map(str, styles)).encode()
    cell = re.compile(rb"""<(?:\w+:)?c\s(?=[^<>]*\bs\s*=\s*["'](?:""" + numbers + rb""")["'])[^<>]*[^/<>]>""")
    shapes = {}
    for found in cell.finditer(data):
        style = _STYLE.search(found.group())
        if style:
            shapes[_place(found.group())] = styles[int(style.group(1))]
    return Shown(shapes, errors)


def _place(cell: bytes) -> tuple[int, int]:
    found = _PLACE.search(cell)
    if found is None:
        raise UnplacedCell
    return int(found.group(2)) - 1, column_number(found.group(1)) - 1


def _parsed(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    # Expat refuses entities that blow up; nothing outside of the part is ever fetched.
    return ElementTree.fromstring(archive.read(name))  # noqa: S314


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]
