"""How the published marts lie: what is asked for together lies together, in small row groups; no row is changed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from unittest import mock

import duckdb

from include.home import Home
from include.settings import Settings
from include.warehouse import publish, versions
from include.warehouse.content_hash import table_hashes
from include.warehouse.copy import copy_schemas
from include.warehouse.publish import ROW_GROUP, build_candidate

MIXED = """
    create schema src.zone; create schema src.household;
    create table src.zone.poverty_monthly as
        select date '2026-11-01' - to_months(cast(m as integer)) as month, k as area_kind, k || a as area_code, m * a as poor
        from range(24) months(m), range(50) areas(a), (values ('zone'), ('county'), ('nation')) kinds(k)
        order by hash(m, a, k);
    create table src.household.visits as
        select '51343' || (h % 3) || '-' || h as household_key, v as visit from range(500) t(h), range(4) u(v)
        order by hash(h, v);
"""  # noqa: E501


def test_rows_of_one_area_and_of_one_household_lie_together_and_the_content_stays() -> None:
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as src")
        connection.execute(MIXED)
        copied = copy_schemas(connection, "src", ("household", "zone"))
        assert copied == {"household.visits": 2000, "zone.poverty_monthly": 3600}
        areas = connection.execute("select area_kind, area_code, month from zone.poverty_monthly").fetchall()
        assert areas == sorted(areas)
        households = connection.execute("select household_key from household.visits").fetchall()
        assert households == sorted(households)
        schemas = ("household", "zone")
        assert table_hashes(connection, schemas, "memory") == table_hashes(connection, schemas, "src")


def test_the_candidate_has_small_row_groups_and_the_content_of_the_warehouse(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.warehouse.parent.mkdir()
    rows = 2 * ROW_GROUP + 1
    with duckdb.connect(str(home.warehouse)) as warehouse:
        warehouse.execute("create schema household; create schema zone; create schema responsibility")
        warehouse.execute(
            "create table household.household_versions as select '513431-' || range as household_key, 1 as version,"
            f" date '2026-11-20' as as_of from range({rows})"
        )
        expected = table_hashes(warehouse)
    with mock.patch.object(publish, "create_macros", lambda _: "no macros"):  # they need every table
        build_candidate(home, Settings(home=tmp_path), date(2026, 11, 20), 3)
    path = versions.candidate(home, "marts")
    assert not path.with_name(f"{path.name}.wal").exists()
    with duckdb.connect(str(path), read_only=True) as candidate:
        assert table_hashes(candidate) == expected
        groups = candidate.execute(
            "select row_group_id, max(count) from pragma_storage_info('household.household_versions')"
            " where column_name = 'household_key' and segment_type = 'VARCHAR' group by all order by all"
        ).fetchall()
        assert groups == [(0, ROW_GROUP), (1, ROW_GROUP), (2, 1)]
        told = candidate.execute("select night, number from quality.publication").fetchall()
        assert told == [(date(2026, 11, 20), 3)]
