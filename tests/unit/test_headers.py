"""Headers: names and aliases, units, groups of columns; and what a number format makes of a value."""

from __future__ import annotations

from datetime import date

import pytest

from include.contract import ACCEPTED_VERSIONS, contract, contracts, forbidden_headers, header_aliases, normalise_header
from include.intake.headers import Head, Header, find_header
from include.intake.number_formats import shape_of, shown_date, shown_number

FUNDS = contract("funds")
NAMES = ["资金项目编号", "资金来源", "项目地区代码", "下达金额", "下达日期"]


def header_of(head: Head) -> Header:
    found = find_header(head, FUNDS)
    assert found
    return found


@pytest.mark.parametrize("version", ACCEPTED_VERSIONS)
def test_an_alias_means_one_column_and_nothing_else(version: str) -> None:
    for dataset, aliases in header_aliases(version).items():
        item = contracts()[dataset]
        own = {normalise_header(name) for column in item.columns for name in (column.zh, column.name)}
        normalised = [normalise_header(alias) for alias in aliases]
        assert len(set(normalised)) == len(normalised), dataset
        assert not own & set(normalised), dataset
        assert not set(forbidden_headers()) & set(normalised), dataset
        for alias, column in aliases.items():
            assert item.headers_of(version)[normalise_header(alias)] == item.column(column).name


def test_aliases_are_those_of_the_version_that_the_manifest_names() -> None:
    head = [["项目编码", *NAMES[1:]], ["P1", "", "", "", ""]]
    current = find_header(head, FUNDS, ACCEPTED_VERSIONS[-1])
    older = find_header(head, FUNDS, "0.9")
    assert current and dict(current.columns)["project_id"] == 1
    assert older and older.unknown == ("项目编码",)


@pytest.mark.parametrize(
    ("title", "header", "below", "factor"),
    [
        ("", "下达金额", "", 1),
        ("", "下达金额（元）", "", 1),
        ("", "下达金额(万元)", "", 10_000),
        ("", "下达金额", "万元", 10_000),
        ("单位：万元", "下达金额", "", 10_000),
        ("单位：万元、亩", "下达金额", "", 10_000),
        ("单位：万元", "下达金额(元)", "", 1),
        ("填报单位：某县", "下达金额", "", 1),
        ("", "下达金额(元)", "万元", None),
        ("", "下达金额(元/人)", "", None),
        ("单位：元、万元", "下达金额", "", None),
    ],
)
def test_units(title: str, header: str, below: str, factor: int | None) -> None:
    head = [[title, *[""] * 4], [*NAMES[:3], header, NAMES[4]], ["", "", "", below, ""], ["P1", "a", "b", "1", "c"]]
    found = header_of([row for row in head if any(row)])
    assert ("allocated" in dict(found.columns)) == (factor is not None)
    assert [c.factor for c in found.converted] == ([factor] if factor not in (1, None) else [])
    assert bool(found.unknown) == (factor is None)


@pytest.mark.parametrize(
    ("title", "factor"),
    [
        ("单位（万元）", 10_000),
        ("（单位：万元）", 10_000),
        ("万元", 10_000),
        ("某县资金下达情况表（万元）", 10_000),
        ("单位：万元  填报日期：2026-11-20", 10_000),
        ("填报单位：某县　金额单位：万元", 10_000),
        ("单位：户、万元、亩、头", 10_000),
        ("单位:万元;面积:亩", 10_000),
        ("单位：元  填报人：王万", 1),
        ("单位：广元市利州区乡村振兴局", 1),
        ("单位：元谋县乡村振兴局", 1),
        ("填报单位：广元", 1),
        ("单位：户、亩", 1),
        ("单位：人民币万元", None),
        ("单位：万元/户", None),
        ("单位：元/人", None),
        ("单位：万元 人均：元", None),
        ("单位：万元、其中人均元", None),
        ("单位：万", None),
        ("Unit: 10,000 yuan", None),
    ],
)
def test_a_title_is_read_where_it_leaves_no_doubt_and_no_amount_where_it_does(title: str, factor: int | None) -> None:
    found = header_of([[title, *[""] * 4], NAMES, ["P1", "a", "b", "1", "c"]])
    assert ("allocated" in dict(found.columns)) == (factor is not None)
    assert [c.factor for c in found.converted] == ([factor] if factor not in (1, None) else [])
    assert [text.partition("(")[0] for text in found.unknown] == (["下达金额"] if factor is None else [])


@pytest.mark.parametrize(
    ("group", "column", "below", "factor"),
    [
        ("下达(万元)", "下达金额", "", 10_000),
        ("下达情况（单位：万元）", "下达金额", "", 10_000),
        ("下达", "下达金额", "", 1),
        ("下达(万元)", "下达金额(万元)", "万元", 10_000),
        ("下达(人民币万元)", "下达金额", "", None),
        ("下达(元/人)", "下达金额", "", None),
        ("下达(万元)", "下达金额(元)", "", None),
        ("下达(万元)", "下达金额", "元", None),
    ],
)
@pytest.mark.parametrize("merged_down", [True, False])
def test_a_group_hands_its_unit_to_its_columns(
    group: str, column: str, below: str, factor: int | None, merged_down: bool
) -> None:
    key = ["", "", ""] if merged_down else NAMES[:3]
    upper = [*(NAMES[:3] if merged_down else key), group, ""]
    units = [["", "", "", below, ""]] if below else []
    found = header_of([upper, [*key, column, "拨付金额"], *units, ["P1", "a", "b", "1", "2"]])
    assert ("allocated" in dict(found.columns)) == (factor is not None)
    assert [c.factor for c in found.converted if c.column == "allocated"] == (
        [factor] if factor not in (1, None) else []
    )
    assert found.first_data_row == 3 + len(units)


def test_a_group_hands_its_unit_to_no_other_column() -> None:
    upper = [*NAMES[:3], "下达(万元)", "", "拨付金额"]
    found = header_of([upper, ["", "", "", "下达金额", "下达日期", ""], ["P1", "a", "b", "1", "c", "2"]])
    assert [(c.column, c.factor) for c in found.converted] == [("allocated", 10_000)]
    assert dict(found.columns)["disbursed"] == 6


@pytest.mark.parametrize(
    "units", [["-", "-", "—", "万元", "/"], ["无", "无", "无", "万元", ""], ["编号", "文字", "代码", "万元", "日期"]]
)
def test_words_and_signs_do_not_hide_a_row_of_units(units: list[str]) -> None:
    found = header_of([NAMES, units, ["P1", "a", "b", "1", "c"]])
    assert [c.factor for c in found.converted] == [10_000]
    assert (found.unit_rows, found.first_data_row) == (1, 3)


@pytest.mark.parametrize(
    ("numbers", "rows"),
    [
        (["1", "2", "3", "4", "5"], 1),
        (["（1）", "（2）", "（3）", "（4）", "（5）"], 1),
        (["①", "②", "③", "④", "⑤"], 1),
        (["甲", "乙", "丙", "1", "2"], 1),
        (["甲", "乙", "丙", "4", "5"], 1),
        (["甲", "乙", "2", "1", "3"], 0),
        (["乙", "甲", "丙", "1", "2"], 0),
        (["P1", "2", "3", "4", "5"], 0),
    ],
)
def test_a_row_of_column_numbers_hides_no_row_of_units(numbers: list[str], rows: int) -> None:
    found = header_of([NAMES, numbers, ["", "", "", "万元", ""], ["P1", "a", "b", "1", "c"]])
    assert found.unit_rows == 2 * rows
    assert [c.factor for c in found.converted] == [10_000] * rows


def test_a_row_of_data_is_no_row_of_units() -> None:
    found = header_of([NAMES, ["P1", "元", "513431", "1", "2026-11-01"]])
    assert (found.unit_rows, found.converted) == (0, ())


def test_a_header_of_two_rows_and_a_column_parted_by_another_row() -> None:
    two = header_of([[*NAMES[:3], "下达", ""], ["", "", "", "下达金额", "下达日期"], ["P1", "a", "b", "1", "c"]])
    assert (two.row, two.rows, two.first_data_row, len(two.columns)) == (2, 2, 3, 5)
    parted = header_of(
        [[*NAMES, "拨付金额", ""], [*[""] * 5, "2025年", "2026年"], ["P1", "a", "b", "1", "c", "2", "3"]]
    )
    assert "disbursed" not in dict(parted.columns)
    assert parted.unknown == ("2025年", "2026年")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("General", "12"),
        ("#,##0.00", "12"),
        ('¥#,##0"元"', "12"),
        ("_ * #,##0_ ;_ * -#,##0_ ", "12"),
        ("0.00E+00", "12"),
        ("000000", "000012"),
        ('"H"0000', "H0012"),
        ('0.00"万元"', "12万元"),
        ("0%", "1200%"),
    ],
)
def test_a_number_is_read_as_it_is_shown(code: str, text: str) -> None:
    assert shown_number("12", shape_of(code)) == text


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("yyyy-mm-dd", None),
        ("yy/m/d h:mm", None),
        ('[$-804]yyyy"年"m"月"d"日";@', None),
        ('yyyy"年"m"月"', "2016年3月"),
        ("mmm-yy", "2016年3月"),
        ("d-mmm", "3月5日"),
    ],
)
def test_a_date_without_its_day_or_year_is_no_date(code: str, text: str | None) -> None:
    shape = shape_of(code)
    assert (shown_date(date(2016, 3, 5), shape) if shape.changes_date else None) == text
