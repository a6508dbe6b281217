"""Typing: what is certain is read, everything else is NULL with its fault; nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.contract import Contract, code_lists, contract, contracts
from include.intake import cell_macros, typed
from include.rules.facts import load_facts, spellings

HOUSEHOLDS = contract("households")


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        load_facts(opened)
        cell_macros.install(opened)
        typed.set_variables(opened)
        opened.execute(
            """create table attempts as
            select 'a' as attempt_id, '513431' as submitter, '513431' as county_id, 1 as number,
            date '2026-11-20' as night, date '2026-11-20' as as_of, timestamp '2026-11-20 22:00:00' as known_at,
            1 as round, null::varchar as refusal"""
        )
        yield opened


def read(connection: duckdb.DuckDBPyConnection, dataset: str, column: str, texts: list[str | None]) -> list[Any]:
    """Typed values of a column, row by row."""
    return [value for value, _ in read_with_faults(connection, dataset, column, texts)]


def read_with_faults(
    connection: duckdb.DuckDBPyConnection, dataset: str, column: str, texts: list[str | None]
) -> list[tuple[Any, list[str]]]:
    """Typed values of a column with the rules that the column itself breaks."""
    item = contract(dataset)
    columns = dict.fromkeys(("attempt_id", "file", "unreadable", *(c.name for c in item.lake_columns)), "varchar")
    columns["row"] = "bigint"
    if any(c.hashed for c in item.columns):
        columns |= dict(zip(typed.IDENTITY, ("varchar", "varchar", "boolean", "boolean"), strict=True))
    layout = ", ".join(f'null::{kind} as "{name}"' for name, kind in columns.items())
    connection.execute(f"create or replace table sent as select {layout} where false")
    connection.execute(
        f"""insert into sent (attempt_id, file, "row", "{column}")
        select 'a', 'f', unnest(range(len($texts))), unnest($texts)""",
        {"texts": texts},
    )
    found = connection.execute(
        f"""select "{column}", _faults
        from ({typed.typed_query(item, "sent", "attempts")}) order by "row" """
    ).fetchall()
    assert len(found) == len(texts)
    return [(value, _rules(item, faults, column)) for value, faults in found]


def _rules(item: Contract, faults: list[int], column: str | None = None) -> list[str]:
    kinds = [typed.faults_of(item)[number - 1] for number in faults]
    return [kind.rule for kind in kinds if column in {None, kind.column}]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2016-03-05", date(2016, 3, 5)),
        ("2016/3/5", date(2016, 3, 5)),
        ("2016.3.5", date(2016, 3, 5)),
        ("2016年3月5日", date(2016, 3, 5)),
        ("20160305", date(2016, 3, 5)),
        ("２０１６－０３－０５", date(2016, 3, 5)),
        ("　2016-03-05　", date(2016, 3, 5)),
        ("'2016-03-05", date(2016, 3, 5)),
        ("2016-03-05 00:00:00", date(2016, 3, 5)),
        ("2016-03-05T00:00:00.000", date(2016, 3, 5)),
        ("2016/3/5 0:00", date(2016, 3, 5)),
        ("42434", date(2016, 3, 5)),
        ("2016-02-29", date(2016, 2, 29)),
        ("2015-02-29", None),
        ("2016-13-01", None),
        ("2016年3月", None),
        ("2016-3/5", None),
        ("16-3-5", None),
        ("05/03/2016", None),
        ("2016-03-05 14:30:00", None),
        ("20163", None),  # March 2016, or the serial of 1955-03-15
        ("2016", None),
        ("三月五日", None),
        ("4.2434E+04", None),
    ],
)
def test_dates(connection: duckdb.DuckDBPyConnection, text: str, value: date | None) -> None:
    [(found, faults)] = read_with_faults(connection, "funds", "disbursed_on", [text])
    assert found == value
    assert faults == ([] if value else ["value-not-a-date"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234.5", Decimal("1234.50")),
        ("1,234.5", Decimal("1234.50")),
        ("1，234，567", Decimal("1234567.00")),
        ("１２３", Decimal("123.00")),
        ("-3", Decimal("-3.00")),
        ("－3", Decimal("-3.00")),
        ("+4", Decimal("4.00")),
        (".5", Decimal("0.50")),
        ("3.", Decimal("3.00")),
        ("12,34", None),
        ("1,2345", None),
        ("1e3", None),
        ("1.2E+05", None),
        ("0x10", None),
        ("nan", None),
        ("inf", None),
        ("3000元", None),
        ("约3000", None),
        ("三千", None),
        ("3000-4000", None),
        ("1_000", None),
        ("99999999999999999999", None),
    ],
)
def test_numbers(connection: duckdb.DuckDBPyConnection, text: str, value: Decimal | None) -> None:
    [(found, faults)] = read_with_faults(connection, "funds", "disbursed", [text])
    assert found == value
    assert faults == ([] if value is not None else ["value-not-a-number"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4", 4),
        ("4.0", 4),
        ("４", 4),
        ("1,004", 1004),
        ("-999999999", -999999999),
        ("0000000004", 4),
        ("1000000000", None),
        ("20261231000", None),
        ("4.5", None),
        ("四", None),
        ("4人", None),
    ],
)
def test_whole_numbers(connection: duckdb.DuckDBPyConnection, text: str, value: int | None) -> None:
    [(found, faults)] = read_with_faults(connection, "villages", "registered_population", [text])
    assert found == value
    assert faults == ([] if value is not None else ["value-not-a-whole-number"])


@pytest.mark.parametrize(
    ("texts", "value"),
    [
        (["是", "有", "1", "TRUE", "true", "Y", "yes", "１", " 是 "], True),
        (["否", "无", "0", "FALSE", "N", "no"], False),
        (["不详", "2", "√", "已通", "t"], None),
    ],
)
def test_booleans(connection: duckdb.DuckDBPyConnection, texts: list[str | None], value: bool | None) -> None:
    for found, faults in read_with_faults(connection, "villages", "bus_service", texts):
        assert found is value
        assert faults == ([] if value is not None else ["value-not-yes-or-no"])


def test_blanks_are_no_fault_where_nothing_is_required(connection: duckdb.DuckDBPyConnection) -> None:
    blanks = ["", "  ", "　", "-", "--", "—", "/", "null", "NULL", "N/A", None]
    for dataset, column, faults in (
        ("households", "housing_grade", []),
        ("households", "risks", []),
        ("funds", "disbursed_on", []),
        ("funds", "disbursed", []),
        ("funds", "closed_by", []),
        ("villages", "bus_service", []),
        ("funds", "allocated", ["value-missing"]),
        ("funds", "place_code", ["value-missing"]),
        ("funds", "project_id", ["key-missing"]),
    ):
        assert read_with_faults(connection, dataset, column, blanks) == [(None, faults)] * len(blanks), column


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("main_cause", "01", "01"),
        ("main_cause", "1", "01"),
        ("main_cause", "1.0", "01"),
        ("main_cause", "１", "01"),
        ("main_cause", "因病", "01"),
        ("main_cause", "illness", "01"),
        ("main_cause", "因病致贫", None),
        ("main_cause", "13", None),
        ("main_cause", "001", None),
        ("exit_flag", "00", "0"),
        ("exit_flag", "已脱贫", "1"),
        ("housing_grade", "c", "C"),
        ("housing_grade", "C级", "C"),
        ("housing_grade", "CD", None),
        ("operation", "关闭", "close"),
        ("operation", "", "upsert"),
        ("operation", "删除", None),
    ],
)
def test_codes(connection: duckdb.DuckDBPyConnection, column: str, text: str, value: str | None) -> None:
    [(found, faults)] = read_with_faults(connection, "households", column, [text])
    assert found == value
    assert faults == ([] if value else ["code-unknown"])


def test_every_code_and_label_of_every_list_is_read_and_means_one_code() -> None:
    for name, codes in code_lists().items():
        accepted = spellings(name)
        for code in codes.codes:
            assert accepted[code.code.lower()] == accepted[code.zh.lower()] == accepted[code.en.lower()] == code.code
        assert set(accepted.values()) == set(codes.values())


@pytest.mark.parametrize(
    ("text", "value", "faults"),
    [
        ("01,03", "01,03", []),
        ("1，3", "01,03", []),
        ("因病、因学", "01,03", []),
        ("3;1；", "03,01", []),
        ("01,01", "01", []),
        ("01,因懒", "01", ["code-unknown"]),
        ("01,02,03", "01,02,03", ["list-too-long"]),
        ("无", None, ["code-unknown"]),
    ],
)
def test_lists(connection: duckdb.DuckDBPyConnection, text: str, value: str | None, faults: list[str]) -> None:
    assert read_with_faults(connection, "households", "other_causes", [text]) == [(value, faults)]


@pytest.mark.parametrize(
    ("dataset", "column", "text", "value", "faults"),
    [
        ("households", "village_code", "513431100001", "513431100001", []),
        ("households", "village_code", "513431", None, ["place-unknown"]),
        ("households", "village_code", "5.13431E+11", None, ["place-unknown"]),
        ("staff", "place_code", "513431", "513431", []),
        ("staff", "place_code", "513431000000", "513431", []),
        ("staff", "place_code", "510000000000", "51", []),
        ("staff", "place_code", "513431100000", "513431100", []),
        ("staff", "place_code", "999999", None, ["place-unknown"]),
        ("villages", "village_code", "513431999999", "513431999999", ["place-unknown"]),
        ("villages", "village_code", "5.13431E+11", None, ["id-destroyed-by-spreadsheet"]),
        ("households", "household_id", "5.13431E+17", None, ["id-destroyed-by-spreadsheet"]),
        ("households", "household_id", "########", None, ["id-destroyed-by-spreadsheet"]),
        ("households", "household_id", "#REF!", None, ["id-destroyed-by-spreadsheet"]),
        ("households", "household_id", "'0012", "0012", []),
        ("households", "household_id", "Ｈ１２", "H12", []),
        ("households", "household_id", "12E", "12E", []),
        ("units", "unit_name", " 县Ａ局（扶贫办） ", "县Ａ局（扶贫办）", []),
    ],
)
def test_places_and_ids(
    connection: duckdb.DuckDBPyConnection, dataset: str, column: str, text: str, value: str | None, faults: list[str]
) -> None:
    found = read_with_faults(connection, dataset, column, [text])
    if dataset == "units":
        value = found[0][0]
        assert value in {"县A局(扶贫办)", "县Ａ局（扶贫办）"}
    assert found == [(value, faults)]


def test_a_closing_row_needs_its_key_and_reason_alone(connection: duckdb.DuckDBPyConnection) -> None:
    read(connection, "households", "operation", ["close"])
    connection.execute("update sent set household_id = 'H1', close_reason = '死亡', closed_on = '2026-1-2'")
    query = typed.typed_query(HOUSEHOLDS, "sent", "attempts")
    [(faults,)] = connection.execute(f"select _faults from ({query})").fetchall()
    assert _rules(HOUSEHOLDS, faults) == ["close-without-reason"]
    connection.execute("update sent set closed_by = 'U1'")
    assert connection.execute(f"select _faults from ({query})").fetchall() == [([],)]


def test_every_contract_can_be_typed_and_has_the_columns_of_the_lake(connection: duckdb.DuckDBPyConnection) -> None:
    for item in contracts().values():
        read(connection, item.name, item.columns[0].name, [])
        described = connection.execute(f"describe {typed.typed_query(item, 'sent', 'attempts')}").fetchall()
        empty = connection.execute(f"describe {typed.empty_query(item)}").fetchall()
        names = [name for name, *_ in described]
        assert names == [name for name, *_ in empty]
        assert names[: len(typed.typed_columns(item))] == typed.typed_columns(item)
        types = {name: kind for name, kind, *_ in described}
        assert {c.name: types[c.name] for c in item.lake_columns} == {
            c.name: c.physical_type for c in item.lake_columns
        }


def test_a_sample_is_of_the_county_it_names(connection: duckdb.DuckDBPyConnection) -> None:
    read(connection, "samples", "household_id", ["H1"])
    connection.execute("update sent set county_code = '540581', sample_id = 'X'")
    query = typed.typed_query(contract("samples"), "sent", "attempts")
    county = connection.execute("select county_id from facts_places where place_code = '540581'").fetchone()
    assert connection.execute(f"select household_key from ({query})").fetchone() == (f"{county[0]}-H1",)  # type: ignore[index]


@pytest.mark.parametrize(
    ("submitter", "county_id", "named", "key"),
    [
        ("430000", "430000", "433124", "433124-H1"),
        ("430000", "430000", None, None),
        ("430000", "430000", "513431", None),
        ("610000", "610000", "610981", "610928-H1"),
        ("513431", "513431", None, "513431-H1"),
        ("513431", "513431", "513431", "513431-H1"),
        ("513431", "513431", "513432", None),
    ],
)
def test_a_grievance_is_with_the_household_that_its_sender_may_speak_of(
    connection: duckdb.DuckDBPyConnection, submitter: str, county_id: str, named: str | None, key: str | None
) -> None:
    """A household's number is its county's: a province says of which of its counties, under any code it ever had."""
    read(connection, "grievances", "household_id", ["H1"])
    connection.execute("update sent set county_code = $1, grievance_id = 'X'", [named])
    attempt = f"(select * replace ('{submitter}' as submitter, '{county_id}' as county_id) from attempts)"
    query = typed.typed_query(contract("grievances"), "sent", attempt)
    row = connection.execute(f"select household_key, household_id, county_code, _row_key from ({query})").fetchone()
    assert row == (key, "H1", named, "X")


DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
WRITTEN = st.sampled_from(["{:%Y-%m-%d}", "{0.year}/{0.month}/{0.day}", "{0.year}.{0.month}.{0.day}",
                           "{0.year}年{0.month}月{0.day}日", "{:%Y%m%d}", "{:%Y-%m-%d} 00:00:00"])  # fmt: skip
WIDE = str.maketrans({chr(code - 0xFEE0): chr(code) for code in range(0xFF10, 0xFF1A)})


@settings(max_examples=25, deadline=None)
@given(written=st.lists(st.tuples(DAYS, WRITTEN, st.booleans()), min_size=1, max_size=40))
def test_a_date_written_in_any_of_the_ways_is_read_back(
    connection: duckdb.DuckDBPyConnection, written: list[tuple[date, str, bool]]
) -> None:
    texts: list[str | None] = [form.format(day).translate(WIDE if wide else {}) for day, form, wide in written]
    assert read(connection, "funds", "disbursed_on", texts) == [day for day, _, _ in written]


@settings(max_examples=25, deadline=None)
@given(serials=st.lists(st.integers(10000, 73050), min_size=1, max_size=40))
def test_a_serial_date_is_read_unless_it_may_be_a_month(
    connection: duckdb.DuckDBPyConnection, serials: list[int]
) -> None:
    for serial, found in zip(serials, read(connection, "funds", "disbursed_on", list(map(str, serials))), strict=True):
        may_be_a_month = 19000 < serial < 21000 and serial % 10 > 0
        assert found == (None if may_be_a_month else date(1899, 12, 30) + timedelta(days=serial))


@settings(max_examples=25, deadline=None)
@given(
    amounts=st.lists(
        st.tuples(st.decimals(-(10**12), 10**12, places=2), st.booleans(), st.booleans()), min_size=1, max_size=40
    )
)
def test_a_number_with_or_without_separators_is_read_back(
    connection: duckdb.DuckDBPyConnection, amounts: list[tuple[Decimal, bool, bool]]
) -> None:
    texts: list[str | None] = [
        (f"{amount:,.2f}" if grouped else f"{amount:.2f}").translate(WIDE if wide else {})
        for amount, grouped, wide in amounts
    ]
    assert read(connection, "funds", "disbursed", texts) == [amount for amount, _, _ in amounts]


@settings(max_examples=15, deadline=None)
@given(texts=st.lists(st.text(max_size=20), min_size=1, max_size=60))
def test_any_text_is_read_or_told(connection: duckdb.DuckDBPyConnection, texts: list[str]) -> None:
    """No text breaks the reader, and a cell that is not blank is either read or leaves its fault, never both."""
    sent: list[str | None] = [text.replace("\0", "") for text in texts]
    filled = connection.execute(
        "select tf_bare(tf_value(tf_text(x))) is not null from unnest($sent) t(x)", {"sent": sent}
    )
    expected = [bool(is_filled) for (is_filled,) in filled.fetchall()]
    for column in ("disbursed_on", "disbursed", "measure_code"):
        found = read_with_faults(connection, "funds", column, sent)
        assert [(value is not None) + len(faults) for value, faults in found] == expected, column
