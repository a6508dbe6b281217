"""Every macro that looks before it works gives what the work alone would give, for cells of every kind."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

import duckdb
import pytest

from include.duck import literals
from include.intake import cell_macros
from include.intake.cell_macros import BLANKS, DESTROYED, NARROW, NO, WHITE, WIDE, YES

#: What each macro is by its words: the costly function on every cell.
PLAIN = {
    "tf_text": f"nullif(trim(translate(v, $wide, $narrow), '{WHITE}'), '')",
    "tf_value": f"if(list_contains({literals(BLANKS)}, lower(v)), null, v)",
    "tf_destroyed": f"coalesce(regexp_full_match(lower(v), '{DESTROYED}'), false)",
    "tf_digits": r"""if(regexp_full_match(v, '[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?'), replace(v, ',', ''), v)""",
    "tf_whole": r"""if(regexp_full_match(v, '[+-]?0*[0-9]{1,9}(\.0*)?'), regexp_replace(v, '\.0*$', ''), null)""",
    "tf_day": r"regexp_replace(v, '[ T]0{1,2}:00(:00(\.0+)?)?$', '')",
    "tf_code": r"lower(regexp_replace(v, '^([0-9]+)\.0+$', '\1'))",
    "tf_boolean": f"""case when list_contains({literals(YES)}, lower(v)) then true
        when list_contains({literals(NO)}, lower(v)) then false end""",
}
#: Pieces that the macros treat apart, and others like them; cells are drawn as one to five of them in a row.
PIECES = (
    *WHITE, *BLANKS, *YES, *NO, *"０９ａＺ！～　（）－，．：", *"'`\"\x01\x1f\x7f", "\u3001", "\uff5f", "\uff00",
    "İ", "é", "元",
    "1.10105E+17", "1e5", "#", "##", "#REF!", "#n/a", "1月2日", "12-JAN", "Jan-12", "Mar-2012", "1-2",
    "1,000", "12,34", "1,234,567.50", "-1,000", "7", "07", "7.0", "7.", "7.000", ".0", "0012", "123456789",
    "1234567890", "+5", "-5", "2016-03-05", "2016/3/5", " 00:00", " 0:00", "T00:00:00", " 00:00:00.000", " 01:00",
    ":00", "2016年3月5日", "110101M00000001", "1101010000000001", "M-HEALTH", "TRUE", "No", "N/A", "NULL",
    "，", ",", ".", "e", "E", "-",
)  # fmt: skip
CELLS = 60_000


@pytest.fixture(scope="module")
def cells() -> Iterator[duckdb.DuckDBPyConnection]:
    draw = random.Random(20261130)  # noqa: S311
    drawn = {"".join(draw.choices(PIECES, k=draw.choice((1, 1, 2, 3, 5)))) for _ in range(CELLS)}
    with duckdb.connect() as connection:
        cell_macros.install(connection)
        connection.execute(
            "create table cells as select unnest($cells::varchar[]) as v", {"cells": [None, "", *sorted(drawn)]}
        )
        yield connection


@pytest.mark.parametrize("macro", PLAIN)
def test_a_macro_that_looks_first_gives_what_the_work_alone_gives(cells: duckdb.DuckDBPyConnection, macro: str) -> None:
    values = {"wide": WIDE, "narrow": NARROW} if macro == "tf_text" else {}
    query = f"select v, {macro}(v) as looked, {PLAIN[macro]} as worked from cells"
    other = cells.execute(f"from ({query}) where looked is distinct from worked limit 5", values).fetchall()
    assert other == []
    changed = cells.execute(f"select count(distinct worked) from ({query})", values).fetchone()
    assert changed and changed[0] > 1, "no cell that the macro changes was drawn"


def test_cells_that_each_look_must_not_miss_are_drawn(cells: duckdb.DuckDBPyConnection) -> None:
    found = cells.execute(
        """select count_if(tf_text(v) is distinct from v), count_if(tf_value(v) is distinct from v),
            count_if(tf_destroyed(v)), count_if(tf_digits(v) is distinct from v), count_if(tf_whole(v) <> v),
            count_if(tf_day(v) <> v), count_if(tf_code(v) <> lower(v)) from cells"""
    ).fetchone()
    assert found and min(found) > 10


@pytest.mark.parametrize("sign", ["-", "/", "."])
def test_dates_are_the_days_that_strptime_reads(cells: duckdb.DuckDBPyConnection, sign: str) -> None:
    """Every month and day of one or two digits, in years that have a leap day and that have none."""
    parts = [*map(str, range(100)), *(f"{number:02}" for number in range(10))]
    found = cells.execute(
        f"""with written as (
            select unnest([1899, 1900, 2000, 2023, 2024, 2099, 2100]) as year, month, day
            from unnest($parts::varchar[]) m(month), unnest($parts::varchar[]) d(day)
        ), read as (
            select tf_date(v) as day, try_strptime(v, '%Y{sign}%m{sign}%d') as other, year
            from (select concat_ws('{sign}', year, month, day) as v, year from written)
        )
        select count(day), count_if(day is distinct from if(year between 1900 and 2099, cast(other as date), null))
        from read""",
        {"parts": parts},
    ).fetchone()
    first, last = date(2023, 1, 1), date(2023, 12, 31)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    ways = sum((2 if day.month < 10 else 1) * (2 if day.day < 10 else 1) for day in days)  # 3 is written 3 or 03
    assert found == (5 * ways + 2 * 2, 0)  # two of the five years have a 29th of February
