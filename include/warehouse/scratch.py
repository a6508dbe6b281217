"""A scratch warehouse that holds last night's inputs of a few models, so that a person may build these with a change.

Nothing of the night is touched: its warehouse is read, and what is built lies in a folder that goes away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from include.duck import connect
from include.home import Home
from include.settings import Settings
from include.warehouse import versions
from include.warehouse.copy import attach_read_only
from include.warehouse.dbt import lend_parsed


class CannotRebuild(RuntimeError):
    """Last night cannot be taken as it stands; the message says why and what to do."""


def published_night(home: Home) -> date:
    """The night that is published; raises CannotRebuild when none is."""
    version = versions.current(home, "marts")
    if version is None:
        raise CannotRebuild(f"{home.published} holds no published night: run a night first (`targeted night run`)")
    return version.night


@contextmanager
def scratch_home(home: Home, name: str) -> Iterator[Home]:
    """A home of its own below the temporary folder, which is gone afterwards."""
    home.tmp.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f"{name}-", dir=home.tmp) as folder:
        yield Home(Path(folder))


def take_inputs(home: Home, settings: Settings, scratch: Home, night: date, inputs: Mapping[str, str]) -> None:
    """Copy tables of the night's warehouse into the scratch one: name of a table to what of it is selected.

    Raises CannotRebuild when the warehouse is being written or holds another night.
    """
    scratch.warehouse.parent.mkdir(parents=True)
    lend_parsed(home, scratch)
    with connect(settings, scratch.warehouse) as connection:
        try:
            attach_read_only(connection, home.warehouse, "w")
        except duckdb.Error as error:
            raise CannotRebuild(
                f"{home.warehouse} cannot be read (is a night being built?): try again when it is done"
            ) from error
        _require_same_night(connection, night)
        for schema in sorted({table.partition(".")[0] for table in inputs}):
            connection.execute(f"create schema {schema}")
        for table, selected in inputs.items():
            columns, _, rows = selected.partition(" where ")
            kept = f" where {rows}" if rows else ""
            connection.execute(f"create table {table} as select {columns} from w.{table}{kept}")


def _require_same_night(connection: duckdb.DuckDBPyConnection, night: date) -> None:
    found = connection.execute("select state_on from w.intermediate.int_cuts where cut_id = 'night'").fetchone()
    if found != (night,):
        told = f"{found[0]:%Y-%m-%d}" if found else "none"
        raise CannotRebuild(
            f"the warehouse holds night {told}, published is {night:%Y-%m-%d}: try again after a night that publishes"
        )
