"""Publishing copies tables in an order in which what is asked for together lies together, and changes no row."""

from __future__ import annotations

import duckdb

from include.warehouse.content_hash import table_hashes
from include.warehouse.copy import copy_schemas

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
