"""Whatever bytes come, a file is read or refused; and a well-formed table is read exactly as Python's csv reads it."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from include.contract import contract
from include.intake.cells import UNIT
from include.intake.door_rules import door_rules
from include.intake.files_of import prepare
from include.intake.headers import header_score
from include.intake.manifest import Manifest, parse_manifest
from include.intake.package import open_package
from include.intake.tables import read_table
from tests.unit.intake_world import NIGHT, World, csv_bytes, xlsx_bytes

HEADER = ["户编号", "成员序号", "性别", "务工地点"]
GOOD_CSV = csv_bytes([HEADER, ["H1", "1", "1", "01"]], "gb18030")
GOOD_XLSX = xlsx_bytes([HEADER, ["H1", "1", "1", "01"]])
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def manifest_of(name: str, data: bytes) -> Manifest:
    listed = {"dataset": "persons", "path": name, "rows": 1, "sha256": hashlib.sha256(data).hexdigest()}
    return Manifest.model_validate(
        {
            "contract_version": "1.0",
            "submitter": "513431",
            "as_of": NIGHT.isoformat(),
            "kind": "full",
            "files": [listed],
        }
    )


def prepared_or_refused(name: str, data: bytes) -> None:
    prepared, faults, _ = prepare(manifest_of(name, data), {name: data}, "county")
    assert {fault.rule for fault in faults} <= set(door_rules())
    assert len(prepared) == 1
    assert prepared[0].refusal or prepared[0].header


@QUIET
@given(st.binary(min_size=1, max_size=400), st.sampled_from(["persons.csv", "persons.xlsx", "persons.xls", "persons"]))
@example(b'"' + b"x" * 200_000, "persons.csv")
@example(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "persons.xls")
@example(b"PK\x05\x06" + b"\0" * 18, "persons.xlsx")
def test_any_bytes(data: bytes, name: str) -> None:
    prepared_or_refused(name, data)


@QUIET
@given(st.data())
def test_damaged_workbooks_and_tables(data: st.DataObject) -> None:
    whole, name = data.draw(st.sampled_from([(GOOD_XLSX, "persons.xlsx"), (GOOD_CSV, "persons.csv")]))
    spoilt = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 8))):
        spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(spoilt)))
    prepared_or_refused(name, bytes(spoilt[:cut]))


@QUIET
@given(st.binary(max_size=300))
def test_any_manifest(data: bytes) -> None:
    parse_manifest(data)


@QUIET
@given(st.binary(max_size=300))
@example(b"PK\x05\x06" + b"\0" * 18)
def test_any_zip(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("zip") / "p.zip"
    path.write_bytes(data)
    package = open_package(path)
    assert package.refusal in ("package-unreadable", "package-without-manifest", "package-unsafe")
    assert package.archive() == data


CELL = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\x1c\x1d\x1e\x1f\r", exclude_categories=("Cs",)), max_size=12
)


@QUIET
@given(
    st.lists(st.lists(CELL, min_size=4, max_size=4), max_size=8),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_a_table_is_read_as_it_was_written(rows: list[list[str]], encoding: str, quoting: int) -> None:
    # A cell with line ends and commas like a row of its own is taken for an open quote, and refused: not drawn here.
    rows = [[cell.replace("\n", " ") for cell in row] for row in rows]
    target = io.StringIO(newline="")
    csv.writer(target, quoting=quoting).writerows([HEADER, *rows])  # type: ignore[arg-type]
    table = read_table(target.getvalue().encode(encoding), "csv", lambda head: header_score(head, contract("persons")))
    read = [line.split(UNIT) for line in table.text.split("\n")]
    white = " \t\u00a0\u3000\u200b\ufeff"
    assert [[cell.strip(white) for cell in row] for row in read] == [
        [_unwrapped(cell).strip(white) for cell in row] for row in [HEADER, *rows]
    ]


def _unwrapped(cell: str) -> str:
    return cell[2:-1] if len(cell) > 2 and cell.startswith('="') and cell.endswith('"') else cell


def test_formatted_rows_without_content_do_not_count_as_far_away(tmp_path: Path) -> None:
    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ["H1", "1", "1", "01"])
        sheet.write_blank(1_048_575, 16_383, None, bold)
    world = World(tmp_path)
    world.send({"persons.xlsx": target.getvalue()}, rows={"persons.xlsx": 1})
    world.receive()
    assert world.lake("files", columns="readable, received_rows, layout_rows") == [(True, 1, 0)]
