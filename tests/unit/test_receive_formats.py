"""The same rows in every encoding and format that offices send give the same rows in the lake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from include.intake.decode import NotWhatItSays, Undecodable, decode_text, format_of
from tests.unit.intake_world import Rows, World, csv_bytes, xlsx_bytes

ROWS: Rows = [
    ["户编号", "成员序号", "证件号码", "性别", "与户主关系", "出生日期", "健康状况"],
    ["H0001", "1", "11010519491231002X", "2", "01", "1949-12-31", "1"],
    ["H0001", "2", "", "1", "03", "2001-05-06", "长期慢性病"],
    ["H0002", "1", "440524188001010014", "女", "01", "1880-01-01", "4"],
]
ENGLISH: Rows = [["household_id", "person_no", "resident_number", "sex", "relation", "birth_date", "health"], *ROWS[1:]]
QUOTED = "\ufeff" + "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in ROWS) + "\r\n"
COLUMNS = """"row", unreadable, household_id, person_no, sex, relation, birth_date, health, person_key,
    identity_check, identity_birth_agrees, identity_sex_agrees"""

FILES: dict[str, tuple[str, bytes, str, str | None]] = {
    "utf-8": ("persons.csv", csv_bytes(ROWS), "csv", "utf-8"),
    "utf-8 with mark": ("persons.csv", csv_bytes(ROWS, "utf-8-sig"), "csv", "utf-8-bom"),
    "gb18030": ("persons.csv", csv_bytes(ROWS, "gb18030"), "csv", "gb18030"),
    "gbk, windows line ends": ("persons.csv", csv_bytes(ROWS, "gbk", ends="\r\n"), "csv", "gb18030"),
    "old line ends": ("persons.csv", csv_bytes(ROWS, ends="\r"), "csv", "utf-8"),
    "utf-16, tabs": ("persons.txt", csv_bytes(ROWS, "utf-16", delimiter="\t"), "csv", "utf-16"),
    "utf-16 big end, no mark": ("persons.csv", csv_bytes(ROWS, "utf-16-be"), "csv", "utf-16"),
    "semicolons": ("persons.csv", csv_bytes(ROWS, delimiter=";"), "csv", "utf-8"),
    "wide commas": ("persons.csv", csv_bytes(ROWS, delimiter="，"), "csv", "utf-8"),
    "english headers": ("persons.csv", csv_bytes(ENGLISH), "csv", "utf-8"),
    "all quoted": ("persons.csv", QUOTED.encode(), "csv", "utf-8-bom"),
    "xlsx": ("persons.xlsx", xlsx_bytes(ROWS), "xlsx", None),
    "xlsx named xls": ("persons.xls", xlsx_bytes(ROWS), "xlsx", None),
    "xlsx with a sheet of notes": ("persons.xlsx", xlsx_bytes(ROWS, [[["说明"], ["请勿改动表头"]]]), "xlsx", None),
}


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> World:
    """All of them in one night, each from a county of its own."""
    world = World(tmp_path_factory.mktemp("formats"))
    for number, (name, data, _, _) in enumerate(FILES.values()):
        world.send({name: data}, submitter=str(510001 + number), rows={name: 3})
    world.receive()
    return world


def rows_of(world: World, submitter: str) -> list[Any]:
    rows = world.lake("read", "persons", f"submitter, {COLUMNS}")
    return [row[1:] for row in rows if row[0] == submitter]


@pytest.mark.parametrize("number", range(len(FILES)), ids=list(FILES))
def test_same_rows_whatever_the_file(received: World, number: int) -> None:
    rows = rows_of(received, str(510001 + number))
    assert rows == rows_of(received, "510001")
    key = rows[0][8]
    assert [row[:8] for row in rows] == [
        (2, None, "H0001", "1", "2", "01", "1949-12-31", "1"),
        (3, None, "H0001", "2", "1", "03", "2001-05-06", "长期慢性病"),
        (4, None, "H0002", "1", "女", "01", "1880-01-01", "4"),
    ]
    assert [row[9:] for row in rows] == [("ok", True, True), ("missing", None, None), ("ok", True, False)]
    assert len(key) == 64


def test_format_and_encoding_are_kept(received: World) -> None:
    kept = {row[0]: row[1:] for row in received.lake("files", columns="submitter, format, encoding, received_rows")}
    wanted = {str(510001 + n): (form, encoding, 3) for n, (_, _, form, encoding) in enumerate(FILES.values())}
    assert kept == wanted
    assert received.told() == []


def test_numbers_and_dates_of_a_spreadsheet(tmp_path: Path) -> None:
    from datetime import date

    import xlsxwriter

    path = tmp_path / "households.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["户编号", "申报人数", "工资性收入", "调查日期", "填表人"])
        sheet.write_row(1, 0, [1001, 3, 0.1 + 0.2])
        sheet.write_datetime(1, 3, date(2026, 11, 1), day)
        sheet.write_row(2, 0, ["H2", 4.0, 12345678.9, 46300])
    world = World(tmp_path)
    from include.contract import contract

    headers = contract("households").headers
    assert {headers[h] for h in ("工资性收入",) if h in headers}, "the test needs these columns in the contract"
    world.send({"households.xlsx": path.read_bytes()}, rows={"households.xlsx": 2})
    world.receive()
    wage = headers["工资性收入"]
    rows = world.lake("read", "households", f'household_id, "{wage}"')
    assert rows == [("1001", "0.3"), ("H2", "12345678.9")]


@pytest.mark.parametrize(
    "data",
    [
        "户编号,村\nH1,甲".encode()[:-1],  # cut within a character
        "户编号,村\n".encode()
        + "H1,很长的村名在这里很长的村名\n".encode() * 50
        + b"\xb4\xe5\n",  # one GBK cell in UTF-8
        b"household_id\nH1\xff\xfe\n",
        b"household_id\nH\x001\n",
        b"\xff\xfeH\x001",  # half a UTF-16 unit
        b"\xef\xbb\xbf\xb4\xe5",  # a UTF-8 mark before GBK
    ],
)
def test_what_is_not_certain_is_not_decoded(data: bytes) -> None:
    with pytest.raises(Undecodable):
        decode_text(data)


@pytest.mark.parametrize("text", ["元", "联通", "a,元\nb,是\n", "人,元"])
def test_a_few_chinese_characters_in_gbk_are_not_taken_for_utf8(text: str) -> None:
    assert decode_text(text.encode("gbk")) == (text, "gb18030")
    assert decode_text(text.encode()) == (text, "utf-8")


@pytest.mark.parametrize("data", ["路".encode("gbk"), "社会捐赠,".encode() + ",社会救助金".encode("gbk")])
def test_bytes_that_two_encodings_fit_are_not_decoded(data: bytes) -> None:
    with pytest.raises(Undecodable):
        decode_text(data)


def test_every_gb18030_character_survives() -> None:
    text = "㐀䶵𠀀〇龥，。" * 3
    assert decode_text(text.encode("gb18030")) == (text, "gb18030")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("households.csv", xlsx_bytes(ROWS)),
        ("households.xlsx", csv_bytes(ROWS)),
        ("households.csv", b"%PDF-1.7 ..."),
        ("households.xls", b"<html><table><tr><td>1</td></tr></table></html>"),
        ("households.xlsx", b"PK\x03\x04 cut off"),
        ("households.csv", b"\x89PNG\r\n"),
    ],
)
def test_a_file_that_is_not_what_it_says(name: str, data: bytes) -> None:
    with pytest.raises(NotWhatItSays):
        format_of(name, data)
