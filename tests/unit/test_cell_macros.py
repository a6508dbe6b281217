"""Every macro that looks before it works gives what the work alone would give, for cells of every kind."""

from __future__ import annotations

import random
from collections.abc import Iterator

import duckdb
import pytest

from include.intake import cell_macros
from include.intake.cell_macros import BLANKS, DESTROYED, NARROW, NO, WHITE, WIDE, YES, array_sql

#: What each macro is by its words: the costly function on every cell.
PLAIN = {
    "tf_text": f"nullif(trim(translate(v, $wide, $narrow), '{WHITE}'), '')",
    "tf_value": f"if(list_contains({array_sql(BLANKS)}, lower(v)), null, v)",
    "tf_destroyed": f"coalesce(regexp_full_match(lower(v), '{DESTROYED}'), false)",
    "tf_digits": r"""if(regexp_full_match(v, '[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?'), replace(v, ',', ''), v)""",
    "tf_whole": r"""if(regexp_full_match(v, '[+-]?0*[0-9]{1,9}(\.0*)?'), regexp_replace(v, '\.0*$', ''), null)""",
    "tf_day": r"regexp_replace(v, '[ T]0{1,2}:00(:00(\.0+)?)?$', '')",
    "tf_code": r"lower(regexp_replace(v, '^([0-9]+)\.0+$', '\1'))",
    "tf_boolean": f"""case when list_contains({array_sql(YES)}, lower(v)) then true
        when list_contains({array_sql(NO)}, lower(v)) then false end""",
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
