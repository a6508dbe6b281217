"""Workbooks made to cost more than they hold: how far a sheet reaches, and what its merged cells are given."""

from __future__ import annotations

import io
import time
import zipfile

import pytest

from include.intake.cells import SHARED, UNCLEAR
from include.intake.workbook import MAX_CELLS, StrayCells, _check_extent, _extent, data_sheets
from tests.unit.intake_world import Rows, xlsx_bytes

SHEET = "xl/worksheets/sheet1.xml"


def zipped(xml: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(SHEET, xml)
    return target.getvalue()


def extent(xml: bytes) -> tuple[int, int]:
    with zipfile.ZipFile(io.BytesIO(zipped(xml))) as archive:
        return _extent(archive, SHEET)


@pytest.mark.parametrize(
    "endless",
    [b'<c r="A1" ' * 5_000, b"<c " + b'r="A1" ' * 8_000, b"<row " + b'r="1" ' * 3_000, b"<row r='1'>" + b" " * 200_000],
    ids=["tags", "a tag", "a row", "blanks"],
)
def test_a_tag_that_never_ends_is_gone_over_once(endless: bytes) -> None:
    data = zipped(endless + b"<")
    began = time.process_time()
    _check_extent(data)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("xml", "wanted"),
    [
        (b'<row r="3"><c r="B3" s="1"><v>1</v></c><c r="AA3"/></row>', (3, 2)),
        (b"<x:row r='3'><x:c s='1' r = 'b7' t='s'>", (7, 2)),
        (b'<row r="9" ht="15">\n<c t="s"><v>1</v></c></row><row r="12"/><c><v>1</v></c>', (9, 0)),
        (b'<row r="9"><c/></row><row r="8"><c s="1"/></row><row><c r="A4">', (4, 1)),
        (b'<c x=">" r="XFD1048576"><v>1</v></c>', (1_048_576, 16_384)),
        (b"""<c x='r="A1"' r="XFD1048576"><v>1</v></c>""", (1_048_576, 16_384)),
        (b'<cols r="ZZ99"><color r="ZZ99">', (0, 0)),
    ],
)
def test_a_sheet_reaches_as_far_as_a_cell_with_content(xml: bytes, wanted: tuple[int, int]) -> None:
    assert extent(xml + b"<") == wanted
    if wanted[0] * wanted[1] > MAX_CELLS:
        with pytest.raises(StrayCells):
            _check_extent(zipped(xml + b"<"))


def merged(rows: Rows, ranges: list[str]) -> bytes:
    """A workbook whose merged cells no library would write."""
    merges = "".join(f'<mergeCell ref="{one}"/>' for one in ranges)
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes(rows))) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            part = source.read(name)
            if name == SHEET:
                part = part.replace(b"</sheetData>", f"</sheetData><mergeCells>{merges}</mergeCells>".encode())
            archive.writestr(name, part)
    return target.getvalue()


def test_merged_cells_that_lie_over_each_other_do_not_multiply_the_work() -> None:
    rows: Rows = [["x"] * 100 for _ in range(100)]
    with pytest.raises(StrayCells, match="over each other"):
        data_sheets(merged(rows, ["A1:CV100"] * (MAX_CELLS // 10_000 + 1)), "xlsx")


def test_merged_cells_beside_each_other_are_shared() -> None:
    book = merged([["a", "b", "c"], ["", "", "d"]], ["A1:A2", "B1:B2", "C1:XFD1048576"])
    (sheet,) = data_sheets(book, "xlsx").visible
    assert sheet == [[f"{SHARED}a", f"{SHARED}b", f"{UNCLEAR}c"], [f"{SHARED}a", f"{SHARED}b", f"{UNCLEAR}c"]]
