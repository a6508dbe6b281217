"""The content hash says whether two files hold the same marts, whatever made them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from include.duck import connect
from include.settings import Settings
from include.warehouse.content_hash import EXCLUDED_TABLES, FORMULA, combined, content_hash, table_hashes

ROWS = """
    select 'K' || i as household_key, cast(i * 1.10 as decimal(18, 2)) as net_income, i / 7.0 as share,
        case when i % 3 = 0 then null else 'cause ' || (i % 5) end as main_cause,
        date '2026-11-20' - cast(i % 40 as integer) as registered_on, [i % 2, null] as risks, i % 2 = 0 as held
    from range(5000) t(i)
"""


def marts(path: Path, query: str = ROWS, order: str = "", threads: int = 2) -> Path:
    path.unlink(missing_ok=True)
    with connect(Settings(threads=threads), path, spill=False) as connection:
        connection.execute("create schema household; create schema quality; create schema staging")
        connection.execute(f"create table household.households as select * from ({query}) {order}")
        connection.execute(
            "create table quality.attempts as select 'a' as attempt_id, 7 as received, 'run-1' as run_id"
        )
        connection.execute("create table quality.gate_results as select 'x' as check_id")
    return path


def change(path: Path, statement: str) -> str:
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)
    return content_hash(path)


def test_order_threads_and_time_of_writing_do_not_matter(tmp_path: Path) -> None:
    first = content_hash(marts(tmp_path / "a.duckdb", order="order by household_key", threads=1))
    second = content_hash(marts(tmp_path / "b.duckdb", order="order by net_income desc", threads=4))
    assert first == second
    digits, _, formula = first.partition("@")
    assert len(digits) == 64
    assert formula == FORMULA
    assert formula.endswith(duckdb.__version__)


@pytest.mark.parametrize(
    "statement",
    [
        "update household.households set net_income = net_income + 0.01 where household_key = 'K17'",
        "update household.households set main_cause = 'N' where household_key = 'K3'",
        "update household.households set main_cause = '' where household_key = 'K3'",
        "update household.households set risks = [1] where household_key = 'K3'",
        "delete from household.households where household_key = 'K4999'",
        "insert into household.households select * from household.households where household_key = 'K1'",
        "update household.households set net_income = net_income + 1 - 2 * (household_key = 'K17')::int"
        " where household_key in ('K17', 'K18')",
        "update household.households set held = not held where household_key in ('K17', 'K18')",
        "alter table household.households rename column held to kept",
        "alter table household.households alter column held type integer",
        "create table household.more as select 1 as x",
        "update quality.attempts set received = 8",
    ],
)
def test_any_change_of_content_shows(tmp_path: Path, statement: str) -> None:
    path = marts(tmp_path / "a.duckdb")
    assert content_hash(path) != change(path, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "insert into quality.gate_results values ('y')",
        "update quality.attempts set run_id = 'run-2'",
        "create table staging.scratch as select 1 as x",
        "create table quality.publication as select 3 as number",
    ],
)
def test_runs_and_other_schemas_do_not_show(tmp_path: Path, statement: str) -> None:
    path = marts(tmp_path / "a.duckdb")
    assert content_hash(path) == change(path, statement)


def test_texts_that_run_together_are_told_apart(tmp_path: Path) -> None:
    one = marts(tmp_path / "a.duckdb", "select 'ab' as x, 'c' as y")
    other = marts(tmp_path / "b.duckdb", "select 'a' as x, 'bc' as y")
    assert content_hash(one) != content_hash(other)
    assert content_hash(marts(tmp_path / "c.duckdb", "select '~' as x")) != content_hash(
        marts(tmp_path / "d.duckdb", "select cast(null as varchar) as x")
    )


def test_nothing_an_empty_list_and_a_list_of_nothing_are_told_apart(tmp_path: Path) -> None:
    queries = (
        "select cast(null as integer[]) as x",
        "select cast([] as integer[]) as x",
        "select [null::integer] as x",
    )
    hashes = [content_hash(marts(tmp_path / f"{n}.duckdb", query)) for n, query in enumerate(queries)]
    assert len(set(hashes)) == 3


def test_minus_zero_is_zero(tmp_path: Path) -> None:
    one, other = (marts(tmp_path / f"{sign}.duckdb", f"select {sign}0.0::double as x") for sign in ("+", "-"))
    assert content_hash(one) == content_hash(other)


def test_values_that_change_places_show(tmp_path: Path) -> None:
    """The sums over rows do not know which row a value was in; the hash of each row does."""
    rows = ("values (1, 10), (2, 20)", "values (1, 20), (2, 10)", "values (10, 1), (20, 2)")
    hashes = [
        content_hash(marts(tmp_path / f"{n}.duckdb", f"select * from ({text}) t(x, y)")) for n, text in enumerate(rows)
    ]
    assert len(set(hashes)) == 3


def test_an_attached_warehouse_hashes_as_its_copy(tmp_path: Path) -> None:
    path = marts(tmp_path / "warehouse.duckdb")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as w (read_only)")
        hashes = table_hashes(connection, database="w")
    assert set(hashes) == {"household.households", "quality.attempts"}
    assert combined(hashes) == content_hash(path)
    assert ("quality", "gate_results") in EXCLUDED_TABLES
