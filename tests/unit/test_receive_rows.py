"""Rows as a clerk sees them: layout counted apart, shifted rows emptied, and nothing personal behind the door."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyrage
import pytest
from pyrage import x25519

from include.intake.findings import finding_id, finding_id_by_place
from include.keys import identity_file
from tests.unit.intake_world import NIGHT, Rows, World, csv_bytes, xlsx_bytes

FORM: Rows = [
    ["建档立卡户信息表（SYNTHETIC 模拟数据）", "", "", ""],
    ["填报单位：某县", "", "", ""],
    ["序号", "户编号", "行政村代码", "工资性收入"],
    ["", "", "", "元"],
    ["1", "H1", "513431100200", "100"],
    ["", "", "", ""],
    ["2", "H2", "513431100200", "200"],
    ["序号", "户编号", "行政村代码", "工资性收入"],
    ["3", "H3", "513431100200", ""],
    ["小计", "", "", "300"],
    ["4", "注滨-H4", "513431100200", "5"],
    ["合计", "4", "", "305"],
    ["注：以上为模拟数据", "", "", ""],
    ["制表人：甲", "", "", "审核：乙"],
]


@pytest.mark.parametrize("kind", ["csv", "quoted", "xlsx"])
def test_layout_is_counted_and_rows_keep_their_numbers(tmp_path: Path, kind: str) -> None:
    data = xlsx_bytes(FORM) if kind == "xlsx" else csv_bytes(FORM, "gb18030", ends="\r\n")
    if kind == "quoted":
        data = csv_bytes([*FORM, ["5", "H5", "two\nlines, one cell", ""]], "gb18030", ends="\r\n")
    name = "households.xlsx" if kind == "xlsx" else "households.csv"
    world = World(tmp_path)
    world.send({name: data}, rows={name: 4})
    world.receive()
    rows = world.lake("read", "households", '"row", household_id, village_code')
    assert rows[:4] == [
        (5, "H1", "513431100200"),
        (7, "H2", "513431100200"),
        (9, "H3", "513431100200"),
        (11, "注滨-H4", "513431100200"),
    ]
    assert rows[4:] == ([(15, "H5", "two lines, one cell")] if kind == "quoted" else [])
    assert world.lake("files", columns="header_row, layout_rows, received_rows") == [(3, 9, len(rows))]


def test_rows_that_only_look_like_layout_are_received(tmp_path: Path) -> None:
    rows: Rows = [
        ["村名", "户编号", "行政村代码"],
        ["注溪村", "", "513431100200"],  # a village by that name, and a row without its key
        ["合计村", "H2", "513431100200"],
        ["Notebook", "H3", "1"],
        ["", "total-4", "2"],
    ]
    world = World(tmp_path)
    world.send({"households.csv": csv_bytes(rows)}, rows={"households.csv": 4})
    world.receive()
    assert world.lake("read", "households", '"row", household_id')[:3] == [(2, None), (3, "H2"), (4, "H3")]


def test_a_row_with_a_cell_too_many_keeps_no_value(tmp_path: Path) -> None:
    text = (
        "household_id,person_no,sex,resident_number\n"
        "H1,1,1,11010519491231002X\n"
        "H1,2,1,x,11010519491231002X\n"  # shifted
        "H1,3,1,,\n"  # one empty cell more: nothing is shifted
        "H1,4,,,,,,,H9\n"
        "H1,5\n"  # short: what is there stands under its own name
    )
    world = World(tmp_path)
    world.send({"persons.csv": text.encode()}, rows={"persons.csv": 5})
    world.receive()
    columns = '"row", unreadable, household_id, person_no, person_key is not null, identity_check'
    assert world.lake("read", "persons", columns) == [
        (2, None, "H1", "1", True, "ok"),
        (3, "row-too-many-columns", None, None, False, None),
        (4, None, "H1", "3", False, "missing"),
        (5, "row-too-many-columns", None, None, False, None),
        (6, None, "H1", "5", False, "missing"),
    ]
    told = [row for row in world.told('finding_id, rule, severity, file, "row", value_class') if "row" in row[1][:3]]
    assert told == [
        (
            finding_id_by_place("row-too-many-columns", "513431-00001", "persons.csv", row, None),
            "row-too-many-columns",
            "reject",
            "persons.csv",
            row,
            "unreadable",
        )
        for row in (3, 5)
    ]


def test_a_resident_number_in_another_column_is_emptied_and_told(tmp_path: Path) -> None:
    rows: Rows = [
        ["户编号", "成员序号", "性别", "务工地点", "证件号码"],
        ["H1", "1", "1", "11010519491231002X", ""],
        ["H1", "2", "见１１０１０５１９４９１２３１００２ｘ", "号码11010519491231002X43", ""],
        ["11010519491231002X", "3", "1", "110105194912310021", ""],
    ]
    from include.contract import contract

    headers = contract("persons").headers
    place = headers.get("务工地点") or headers["务工状况"]
    rows[0][3] = contract("persons").column(place).zh  # type: ignore[index]
    world = World(tmp_path)
    world.send({"persons.csv": csv_bytes(rows)}, rows={"persons.csv": 3})
    world.receive()
    assert world.lake("read", "persons", f'masked_columns, household_id, sex, "{place}"') == [
        ([place], "H1", "1", None),
        (["sex", place], "H1", None, None),
        (["household_id"], None, "1", "110105194912310021"),  # not a number of anybody: the check digit is wrong
    ]
    rule = "cell-resident-number-elsewhere"
    told = [
        row for row in world.told('rule, severity, "row", "column", household_key, row_key, finding_id') if rule in row
    ]
    assert [row[:6] for row in told] == [
        (rule, "explain", 2, place, "513431-H1", "H1|1"),
        (rule, "explain", 3, "sex", "513431-H1", "H1|2"),
        (rule, "explain", 3, place, "513431-H1", "H1|2"),
        (rule, "explain", 4, "household_id", None, None),
    ]
    assert told[0][6] == finding_id(rule, "513431", "persons", "H1|1", place)
    assert told[3][6] == finding_id_by_place(rule, "513431-00001", "persons.csv", 4, "household_id")


def test_a_text_written_by_hand_that_reaches_a_person_is_emptied(tmp_path: Path) -> None:
    """Telephone, mail and chat, and names after a word or before a title; a unit, an amount and a hotline are none."""
    reaching = [
        "请联系138 0013 8000", "电话０８３４－７６５４３２１", "写信到 zhang@example.cn", "微信号：abc12345",
        "联系人：小明", "由王主任牵头", "由李小芳书记负责", "在张某家试点", "见110105194912310021",
        "可打+86 138 0013 8000", "电话　１３８　００１３　８０００", "打(0086)138-0013-8000", "可打+86-834-7654321",
        "可打0834 765 4321",
        "如1 513431-H1户", "如５１３４３１－Ｈ１户", f"见{'0a' * 32}", "联系人王小明", "户主 李四同意",
        "打138—0013—8000", "打138,0013,8000", "打086 138‑0013‑8000",
    ]  # fmt: skip
    sound = [
        "由县人社部门请用工单位出题", "村支部书记带头", "每户5000元，共12345678元", "2026年3月至9月，热线12317",
        "文件〔2025〕12号", "每户15000-180000元", "20260305-20261101两期",
        "户主签字后", "联系人员由村里定", "1 3 8 村各办一期",
    ]  # fmt: skip
    header = ["经验编号", "标题", "措施代码", "针对的主要原因", "实施地区代码", "做法", "实施方式", "联系单位编号"]
    told_of = enumerate([*reaching, *sound])
    rows: Rows = [
        header,
        *([f"X{n}", "农闲办班", "M-TRAIN", "07", "513431", text, "就近", "U1"] for n, text in told_of),
    ]
    world = World(tmp_path)
    world.send({"experiences.csv": csv_bytes(rows)}, rows={"experiences.csv": len(rows) - 1})
    world.receive()
    kept = world.lake("read", "experiences", "what_was_done, masked_columns")
    assert kept == [*((None, ["what_was_done"]) for _ in reaching), *((text, []) for text in sound)]
    rule = "text-reaches-a-person"
    told = [row for row in world.told('rule, severity, "row", "column", row_key, finding_id') if row[0] == rule]
    assert [row[2:5] for row in told] == [(n + 2, "what_was_done", f"X{n}") for n in range(len(reaching))]
    assert told[0][5] == finding_id(rule, "513431", "experiences", "X0", "what_was_done")


NUMBER, NAME, PHONE, NATION = "11010519491231002X", "模拟张三丰", "13800138000", "模拟某族"
PERSONAL = [NUMBER, NUMBER[:-1], NUMBER.lower(), NUMBER[6:14], "1949", NAME, PHONE, NATION]


def test_nothing_personal_lies_anywhere_behind_the_door(tmp_path: Path) -> None:
    header = ["户编号", "成员序号", "姓名", "民族", "联系电话", "证件号码", "性别", f"备用{NUMBER}", "备注甲"]
    rows: Rows = [
        [f"{NAME}填报 {PHONE}", *[""] * 8],
        header,
        ["H1", "1", NAME, NATION, PHONE, NUMBER, "1", NAME, PHONE],
        ["H1", "2", NAME, NATION, PHONE, f"'{NUMBER}", NUMBER, "", ""],
        ["H1", "3", NAME, NATION, PHONE, NUMBER, "1", "", "", "", NAME],
        ["合计", "3", NAME, "", PHONE, NUMBER, "", "", ""],
    ]
    world = World(tmp_path)
    for place, (name, data) in enumerate(
        {"persons.csv": csv_bytes(rows, "gb18030"), f"persons-{NUMBER}.xlsx": xlsx_bytes(rows)}.items()
    ):
        world.send({name: data}, submitter=str(513431 + place), package=f"p{PHONE}", rows={name: 3})
    # The same in files that are refused for one fault or another.
    world.send({"persons.csv": csv_bytes(rows[2:])}, submitter="513433")
    world.send({"persons.csv": csv_bytes(rows)}, submitter="513434", drop=["manifest.json"])
    world.send({"persons.csv": csv_bytes(rows)}, submitter="513435", listed={"persons.csv": "0" * 64})
    world.send({f"{NUMBER}.csv": csv_bytes(rows)}, submitter="513436")
    result = world.receive()
    assert result.counts["rows"] == 6

    looked_at = 0
    for file in sorted(path for path in world.home.root.rglob("*") if path.is_file()):
        texts = [file.read_bytes().decode("latin-1"), file.relative_to(world.home.root).as_posix()]
        if file.suffix == ".parquet":
            looked_at += 1
            texts += [str(row) for row in duckdb.sql(f"select * from read_parquet('{file}')").fetchall()]
        for text in texts:
            found = [value for value in PERSONAL if value in text or value.encode().decode("latin-1") in text]
            assert not found, f"{file.name} holds a planted value ({len(found)})"
    assert looked_at > 20
    assert not any(value in str(result) for value in PERSONAL)
    assert world.lake("files", columns="forbidden_columns")[0] == (["ethnicity", "name", "phone"],)
    told = {row[1] for row in world.told('rule, "column"') if row[0] == "column-forbidden"}
    assert told == {"ethnicity", "name", "phone"}


def test_the_landing_holds_the_very_bytes_for_who_has_the_identity(tmp_path: Path) -> None:
    world = World(tmp_path)
    files = {"persons.csv": csv_bytes([["户编号", "成员序号"], ["H1", "1"]]), "子/households.csv": b"\xff\x00"}
    world.send(files, submitter="513431", manifest={"files": []})
    path = world.send(files, submitter="513432", zipped=True)
    sent = path.read_bytes()
    world.receive()
    identity = x25519.Identity.from_str(identity_file(world.home).read_text().strip())

    def opened(attempt_id: str) -> bytes:
        return bytes(pyrage.decrypt(world.home.landing_file(NIGHT, attempt_id).read_bytes(), [identity]))

    assert opened("513432-00001") == sent
    from include.intake.package import read_zip

    kept = read_zip(opened("513431-00001"))
    assert {name: data for name, data in kept.items() if name != "manifest.json"} == files
    with pytest.raises(pyrage.DecryptError):
        stranger = x25519.Identity.generate()
        pyrage.decrypt(world.home.landing_file(NIGHT, "513431-00001").read_bytes(), [stranger])


def test_the_night_never_opens_the_identity(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.send({"households.csv": b"household_id,village_code\nH1,1\n"})
    world.receive()
    identity_file(world.home).unlink()
    world.send({"households.csv": b"household_id,village_code\nH1,1\n"}, package="p2")
    assert world.receive(night=NIGHT.replace(day=21)).counts["rows"] == 1
