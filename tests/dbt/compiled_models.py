"""Runs the compiled SQL of models in memory, on staged rows that a test gives: quick enough for property tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import duckdb

from include.home import Home
from include.settings import Settings
from include.warehouse.dbt import prepare
from tests.dbt.in_process import run_dbt

NIGHT = date(2026, 11, 20)
Rows = Sequence[Mapping[str, Any]]


class CompiledModels:
    """Models and all they are built from, compiled for NIGHT; `run` builds them anew from staged rows."""

    def __init__(self, root: Path, *models: str) -> None:
        home = Home(root)
        settings = Settings(home=home.root)
        prepare(home, settings)
        wanted = [f"+{model}" for model in models]
        leave = ["--exclude-resource-type", "test", "unit_test"]
        run_dbt(home, settings, NIGHT, ["build", "--select", *wanted, *leave])
        target = home.warehouse.parent / "dbt-target"
        nodes: dict[str, dict[str, Any]] = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
        built = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
        names = [result["unique_id"] for result in built if result["unique_id"].startswith("model.")]
        self.staged = sorted(nodes[name]["name"] for name in names if nodes[name]["schema"] == "staging")
        """Names of the staging models that the models are built from: what they can know."""
        self._nodes = nodes
        self._asked = tuple(models)
        self._models = [
            (f"{nodes[name]['schema']}.{nodes[name]['alias']}", self._compiled(target, nodes[name]))
            for name in _in_order(nodes, [name for name in names if nodes[name]["schema"] != "staging"])
        ]
        self.connection = duckdb.connect()
        self.connection.execute(f"attach '{home.warehouse}' as built (read_only); attach ':memory:' as warehouse")
        self.connection.execute("set threads = 1; use warehouse")  # small tables: a second thread only waits
        for schema in ("seeds", "staging", "intermediate", "responsibility", "quality"):
            self.connection.execute(f"create schema warehouse.{schema}")
        for (seed,) in self.connection.execute(
            "select table_name from duckdb_tables() where database_name = 'built' and schema_name = 'seeds'"
        ).fetchall():
            self.connection.execute(f"create table warehouse.seeds.{seed} as from built.seeds.{seed}")
        self.connection.execute(f"set file_search_path = '{home.warehouse.parent}'")  # as dbt runs in it
        for name in self.staged:
            columns = self.connection.execute(f"describe built.staging.{name}").fetchall()
            typed = ", ".join(f'"{column}" {type_}' for column, type_, *_ in columns)
            self.connection.execute(f"create table warehouse.staging.{name} ({typed})")

    def staged_but_through(self, model: str) -> set[str]:
        """Names of the staging models that are read otherwise than through a model."""
        by_name = {node["name"]: node for node in self._nodes.values() if node["resource_type"] == "model"}
        found: set[str] = set()
        open_ = [*self._asked]
        while open_:
            name = open_.pop()
            if name in found or name == model or name not in by_name:
                continue
            found.add(name)
            open_ += [parent.split(".")[-1] for parent in by_name[name]["depends_on"]["nodes"]]
        return found & {*self.staged}

    @staticmethod
    def _compiled(target: Path, node: Mapping[str, Any]) -> str:
        path = target / "compiled" / "targeted" / node["original_file_path"]
        return path.read_text(encoding="utf-8")

    def run(self, staged: Mapping[str, Rows]) -> None:
        """Build all models from these rows of staging models; columns that a row does not name are null."""
        for name in self.staged:
            self.connection.execute(f"delete from staging.{name}")
        for name, rows in staged.items():
            for named, alike in groupby(rows, tuple):
                columns = ", ".join(f'"{column}"' for column in named)
                values = [list(row.values()) for row in alike]
                marks = ", ".join(f"({', '.join('?' for _ in named)})" for _ in values)
                self.connection.execute(f"insert into staging.{name} ({columns}) values {marks}", [*chain(*values)])
        self.rerun()

    def rerun(self, *only: str) -> None:
        """Build the models again, or those named, from what stands."""
        for name, sql in self._models:
            if not only or name in only:
                self.connection.execute(f"create or replace table {name} as {sql}")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of what was built."""
        return self.connection.execute(query).fetchall()


def _in_order(nodes: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    """Names so that each comes after those it is built from."""
    ordered: list[str] = []

    def add(name: str) -> None:
        if name in names and name not in ordered:
            for parent in nodes[name]["depends_on"]["nodes"]:
                add(parent)
            ordered.append(name)

    for name in names:
        add(name)
    return ordered
