"""The generator's own true state of each night, typed, for tests to compare marts with. Holds no resident number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb
import numpy as np

from include.contract import contract
from include.country.acts import APPLICATION
from include.country.conditions import poor_guarantees
from include.country.files import register_raw
from include.country.layout import typed_select
from include.country.state import State, is_open
from include.country.status import EXIT, RISK_STATUS
from include.country.tables import NULL, Mask, Table, length, rows_of, take


def in_need(county_line: int, households: Table, applications: Table) -> Mask:
    """Who needs help: registered and not exited; monitored with a risk not cleared; or applying, while below the line or
    without one of the assurances and guarantees."""
    registered = (households["registered_on"] != NULL) & (households["exit_flag"] != EXIT["1"])
    watched = households["risk_status"] == RISK_STATUS["1"]
    pending = np.isin(
        households["household_id"], applications["household_id"][applications["status"] == APPLICATION["pending"]]
    )
    below = households["net_income"] < households["members_declared"] * county_line * 100
    lacking = poor_guarantees(households, households["_uninsured"] == 1)
    return np.asarray(registered | watched | (pending & (below | lacking)))


def _select(dataset: str) -> str:
    hashed = {c.name for c in contract(dataset).columns if c.hashed}
    return ", ".join(f'{expression} as "{name}"' for name, expression in typed_select(dataset) if name not in hashed)


class Truth:
    """Collects the tables of one night from all submitters, then writes one Parquet file for each dataset."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._known: set[str] = set()

    def add(
        self,
        submitter: str,
        tables: Mapping[str, Table],
        state: State | None = None,
        unit_names: Mapping[int, str] | None = None,
    ) -> None:
        """Take over one submitter's open rows."""
        for dataset, table in tables.items():
            if length(table) == 0:
                continue
            rows = take(table, is_open(table))
            if length(rows) == 0:
                continue
            extra = ""
            if dataset == "households" and state is not None:
                rows = self._with_truth(rows, state)
                extra = (
                    ", _in_need = 1 as in_need, (net_income / 100.0 / members_declared)::decimal(18,2) as net_income_per_head"
                    f", {dict(typed_select('households'))['main_cause']} as true_main_cause"
                    f", {dict(typed_select('assignments'))['staff_id']} as helper_staff_id"
                )
            names = [unit_names[u] for u in rows["unit_id"].tolist()] if dataset == "units" and unit_names else None
            register_raw(self._connection, rows, names)
            query = f"select '{submitter}' as county_code, {_select(dataset)}{extra} from raw"
            if dataset == "samples":
                query = f"select {_select(dataset)} from raw"
            if dataset in self._known:
                self._connection.execute(f"insert into truth_{dataset} {query}")
            else:
                self._connection.execute(f"create or replace temp table truth_{dataset} as {query}")
                self._known.add(dataset)
            self._connection.unregister("raw")

    @staticmethod
    def _with_truth(households: Table, state: State) -> Table:
        assignments = state.tables["assignments"]
        now = take(assignments, is_open(assignments) & (assignments["to_date"] == NULL))
        order = np.argsort(now["household_id"], kind="stable")
        keys, staff = now["household_id"][order], now["staff_id"][order]
        at = rows_of(keys, households["household_id"]).clip(max=max(len(keys) - 1, 0))
        helper = np.where(keys[at] == households["household_id"], staff[at], NULL)
        need = in_need(
            state.county.line, households, take(state.tables["applications"], is_open(state.tables["applications"]))
        )
        return {**households, "_in_need": need.astype(np.int64), "staff_id": helper}

    def write(self, out: Path, night: date) -> None:
        """Write truth/<night>/<dataset>.parquet and forget the night."""
        folder = out / "truth" / night.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        for dataset in sorted(self._known):
            target = folder / f"{dataset}.parquet"
            self._connection.execute(
                f"copy (select * from truth_{dataset}) to '{target}' (format parquet, compression zstd)"
            )
            self._connection.execute(f"drop table truth_{dataset}")
        self._known.clear()
