"""Runs single models of the project on inputs that a test writes: the models' own SQL, without a lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from include.duck import insert_rows
from include.home import Home
from include.settings import Settings
from tests.dbt.in_process import run_dbt

NIGHT = date(2026, 11, 20)
Rows = Sequence[Mapping[str, Any]]


class ModelsAlone:
    """A warehouse that holds the given intermediate tables; `run` builds models on them."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.home.warehouse.parent.mkdir(parents=True, exist_ok=True)

    def write(self, table: str, types: Mapping[str, str], rows: Rows) -> None:
        """Write an intermediate table in the place of the model of that name."""
        columns = ", ".join(f"{name} {type_}" for name, type_ in types.items())
        with duckdb.connect(str(self.home.warehouse)) as connection:
            connection.execute("create schema if not exists intermediate")
            connection.execute(f"create or replace table intermediate.{table} ({columns})")
            insert_rows(connection, f"intermediate.{table}", [[row.get(name) for name in types] for row in rows])

    def seed(self, *seeds: str) -> None:
        """Load seeds that the models refer to."""
        run_dbt(self.home, Settings(home=self.home.root), NIGHT, ["seed", "--select", *seeds])

    def run(self, *models: str) -> None:
        """Build models; what they refer to and the test did not write must be among them."""
        run_dbt(self.home, Settings(home=self.home.root), NIGHT, ["run", "--select", *models])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the warehouse."""
        with duckdb.connect(str(self.home.warehouse), read_only=True) as connection:
            return connection.execute(query).fetchall()
