"""Figures that the floor and the published marts must agree on: without them, a fast floor would prove nothing."""

from __future__ import annotations

import duckdb

from include.duck import connect
from include.home import Home
from include.settings import Settings

_SQL = """
    select
        count(*) as households, coalesce(sum(members), 0) as members,
        count(*) filter (where in_need) as "in need", count(*) filter (where poor) as "below the line",
        coalesce(sum(deprivations), 0) as deprivations, (select count(*) from {schema}household_causes) as causes
    from {schema}households
"""


def figures(connection: duckdb.DuckDBPyConnection, schema: str = "") -> dict[str, int]:
    """The figures from a connection's tables households and household_causes."""
    answer = connection.execute(_SQL.format(schema=schema))
    names = [column[0] for column in answer.description or []]
    return {name: int(value) for name, value in zip(names, answer.fetchone() or (), strict=True)}


def published_figures(home: Home, settings: Settings) -> dict[str, int]:
    """The figures of the published marts."""
    with connect(settings, home.published / "marts.duckdb", read_only=True) as connection:
        return figures(connection, "household.")
