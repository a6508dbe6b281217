"""Every connection has the operator's limits and fetches nothing; a value written into SQL comes back as it was."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from include.duck import connect, insert_rows, literal, literals
from include.files import write_parquet
from include.settings import Settings


def setting(connection: duckdb.DuckDBPyConnection, name: str) -> object:
    row = connection.execute(f"select current_setting('{name}')").fetchone()
    assert row is not None
    return row[0]


def test_limits_of_the_settings(tmp_path: Path) -> None:
    with connect(Settings(home=tmp_path, threads=1, memory_limit="300MiB")) as connection:
        assert setting(connection, "threads") == 1
        assert setting(connection, "memory_limit") == "300.0 MiB"
        assert Path(str(setting(connection, "temp_directory"))).parent == tmp_path / "tmp" / "duckdb"
        assert setting(connection, "autoinstall_known_extensions") is False


def test_two_that_spill_at_once_do_not_read_what_the_other_wrote(tmp_path: Path) -> None:
    """Two in one folder give other sums than alone and no error, or an IO error, or end the process."""
    settings = Settings(home=tmp_path, threads=1, memory_limit="30MiB")
    rows = "select md5((i + ?)::varchar) || md5((i * 3)::varchar) || md5((i * 5)::varchar) as v from range(400000) r(i)"
    total = "select sum(hash(v) % 1000003), count(*) from"
    with connect(settings) as one, connect(settings) as other:
        for which, connection in enumerate((one, other)):
            connection.execute(f"create temp table t as {rows}", [which])
        assert len({path.parent for path in (tmp_path / "tmp" / "duckdb").glob("*/*.tmp")}) == 2, "both have spilled"
        together = [connection.execute(f"{total} t").fetchone() for connection in (one, other)]
    with duckdb.connect() as large:
        assert together == [large.execute(f"{total} ({rows})", [which]).fetchone() for which in (0, 1)]
    assert list((tmp_path / "tmp" / "duckdb").iterdir()) == [], "nothing is left when they are closed"


def test_without_spill_nothing_is_written_and_too_much_is_an_error(tmp_path: Path) -> None:
    with connect(Settings(home=tmp_path, threads=1, memory_limit="50MiB"), spill=False) as connection:
        assert setting(connection, "temp_directory") == ""
        with pytest.raises(duckdb.OutOfMemoryException):
            connection.execute("create table t as select repeat('x', 100) || i as v from range(5_000_000) r(i)")
    assert list(tmp_path.iterdir()) == []


def test_read_only_does_not_write(tmp_path: Path) -> None:
    file = tmp_path / "a.duckdb"
    with connect(Settings(home=tmp_path), file) as connection:
        connection.execute("create table t as select 1 as v")
    with connect(Settings(home=tmp_path), file, read_only=True) as connection:
        assert connection.execute("select v from t").fetchall() == [(1,)]
        with pytest.raises(duckdb.InvalidInputException):
            connection.execute("insert into t values (2)")


def test_rows_are_inserted_with_their_nulls_lists_and_order(tmp_path: Path) -> None:
    rows = [
        ("甲", 1, date(2026, 11, 20), ["a", "b"], True),
        ("it's", None, None, [], None),
        (None, 3, None, None, False),
    ]
    with connect(Settings(home=tmp_path)) as connection:
        connection.execute('create temp table t (text varchar, "row" bigint, day date, list varchar[], flag boolean)')
        insert_rows(connection, "t", rows)
        insert_rows(connection, "t", [])
        assert connection.execute("select * from t").fetchall() == rows


def test_rows_that_do_not_fit_are_an_error(tmp_path: Path) -> None:
    with connect(Settings(home=tmp_path)) as connection:
        connection.execute("create temp table t (number integer, other integer)")
        for wrong in ([("no number", 1)], [(1,)], [(1, 2), (3,)]):
            with pytest.raises((duckdb.Error, ValueError)):
                insert_rows(connection, "t", wrong)
        assert connection.execute("select count(*) from t").fetchall() == [(0,)]


TEXTS = ["", "plain", "the province's", "''", "'; drop table t; --", "“引号”\\", '"double"', "two\nlines", "{braces}"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_literal_is_the_text(text: str) -> None:
    assert duckdb.execute(f"select {literal(text)}").fetchall() == [(text,)]


def test_literals_are_a_list_in_order() -> None:
    assert duckdb.execute(f"select {literals(TEXTS)}").fetchall() == [(TEXTS,)]
    assert duckdb.execute(f"select len({literals([])})").fetchall() == [(0,)]


def test_a_folder_whose_name_has_a_quote_is_written_into_and_read(tmp_path: Path) -> None:
    path = tmp_path / "the province's" / "rows.parquet"
    path.parent.mkdir()
    with duckdb.connect() as connection:
        assert write_parquet(connection, "select 7 as n", path) == 1
        assert connection.execute(f"select n from read_parquet({literal(path)})").fetchall() == [(7,)]
