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
from include.country.outside import OUTSIDE
from include.country.state import State, is_open
from include.country.status import EXIT, RISK_STATUS
from include.country.tables import NULL, Mask, Table, concat, full, length, rows_of, take
from include.duck import literal


def in_need(county_line: int, households: Table, applications: Table) -> Mask:
    """Who needs help: registered and not exited; monitored with a risk that stands; or applying while in want.

    In want is: below the line, or without one of the assurances and guarantees.
    """
    registered = (households["registered_on"] != NULL) & (households["exit_flag"] != EXIT["1"])
    watched = households["risk_status"] == RISK_STATUS["1"]
    pending = np.isin(
        households["household_id"], applications["household_id"][applications["status"] == APPLICATION["pending"]]
    )
    below = households["net_income"] < households["_income_members"] * county_line * 100
    lacking = poor_guarantees(households, households["_uninsured"] == 1)
    return np.asarray(registered | watched | (pending & (below | lacking)))


#: Columns that only the truth has, out of the raw household.
_HOUSEHOLD_TRUTH = (
    "_in_need = 1 as in_need",
    "(net_income / 100.0 / _income_members)::decimal(18,2) as net_income_per_head",
    f"{dict(typed_select('households'))['main_cause']} as true_main_cause",
    f"{dict(typed_select('assignments'))['staff_id']} as helper_staff_id",
)


def _select(dataset: str) -> str:
    hashed = {c.name for c in contract(dataset).columns if c.hashed}
    columns = [f'{expression} as "{name}"' for name, expression in typed_select(dataset) if name not in hashed]
    if dataset == "households":
        columns += _HOUSEHOLD_TRUTH
    if not contract(dataset).has("county_code"):
        others = " ".join(f"when {code} then '{name}'" for name, code in OUTSIDE.items())
        columns = [f"case _submitter {others} else _submitter::varchar end as county_code", *columns]
    return ", ".join(columns)


class Truth:
    """Collects the tables of one night from all submitters, then writes one Parquet file for each dataset."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._tables: dict[str, list[Table]] = {}
        self._names: dict[int, str] = {}

    def add(
        self,
        submitter: int,
        tables: Mapping[str, Table],
        state: State | None = None,
        unit_names: Mapping[int, str] | None = None,
    ) -> None:
        """Take over one submitter's open rows; they are read when the night is written."""
        self._names.update(unit_names or {})
        for dataset, table in tables.items():
            if length(table) == 0:
                continue
            there = is_open(table)
            rows = table if there.all() else take(table, there)
            if dataset == "households" and state is not None:
                rows = _with_truth(rows, state)
            if length(rows):
                self._tables.setdefault(dataset, []).append({**rows, "_submitter": full(length(rows), submitter)})

    def write(self, out: Path, night: date) -> None:
        """Write truth/<night>/<dataset>.parquet and forget the night."""
        folder = out / "truth" / night.isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        for dataset, tables in sorted(self._tables.items()):
            rows = concat(*tables)
            tables.clear()
            names = [self._names[u] for u in rows["unit_id"].tolist()] if dataset == "units" else None
            register_raw(self._connection, rows, names)
            query = f"select {_select(dataset)} from raw"
            target = literal(folder / f"{dataset}.parquet")
            self._connection.execute(f"copy ({query}) to {target} (format parquet, compression zstd)")
            self._connection.unregister("raw")
        self._tables.clear()


def _with_truth(households: Table, state: State) -> Table:
    """The households with what their office would not send: need, and the helper in charge on this night."""
    assignments, applications = state.tables["assignments"], state.tables["applications"]
    now = take(assignments, is_open(assignments) & (assignments["to_date"] == NULL))
    order = np.argsort(now["household_id"], kind="stable")
    keys, staff = now["household_id"][order], now["staff_id"][order]
    at = rows_of(keys, households["household_id"]).clip(max=max(len(keys) - 1, 0))
    helper = np.where(keys[at] == households["household_id"], staff[at], NULL)
    need = in_need(state.county.line, households, take(applications, is_open(applications)))
    return {**households, "_in_need": need.astype(np.int64), "staff_id": helper}
