"""What the offices have told so far, kept aside: for every night and every earlier day, the state a reader may expect.

The last row told wins: of each key, in the order of the day spoken for, then of the night it came. A row that is told
closed takes its key away. A household's row speaks for the day of its report; a measure and a charge speak by their own
dates, so that the last row known tells of every day. Nothing of the pipeline is used for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import numpy as np

from include.contract import contract
from include.country.files import register_raw
from include.country.layout import typed_select
from include.country.tables import NULL, Ints, Mask, Table, concat, day, full, length, take
from include.duck import literal

#: Datasets kept, with the columns of a key.
KEYS: Mapping[str, tuple[str, ...]] = {
    "households": ("household_id",),
    "measures": ("measure_id",),
    "assignments": ("household_id", "staff_id", "from_date"),
}


@dataclass
class Told:
    """Every row of the kept datasets as it was sent, with the day spoken for and the night on which it came."""

    _rows: dict[str, list[Table]] = field(default_factory=dict)

    def add(self, submitter: int, night: date, as_of: date, tables: Mapping[str, Table]) -> None:
        """Take over a package as it is sent."""
        for dataset in KEYS:
            if dataset in tables and (n := length(tables[dataset])):
                origin = {
                    "_submitter": full(n, submitter),
                    "_as_of": full(n, day(as_of)),
                    "_night": full(n, day(night)),
                }
                self._rows.setdefault(dataset, []).append({**tables[dataset], **origin})

    def write(self, connection: duckdb.DuckDBPyConnection, out: Path, night: date, days: Sequence[date]) -> None:
        """Write truth/<night>/told/<dataset>.parquet: the state of each of the days, in the column `day`."""
        folder = out / "truth" / night.isoformat() / "told"
        folder.mkdir(parents=True, exist_ok=True)
        for dataset, tables in self._rows.items():
            rows = concat(*tables)
            state = concat(*(_state(dataset, rows, day(spoken_for)) for spoken_for in days))
            register_raw(connection, state)
            target = literal(folder / f"{dataset}.parquet")
            connection.execute(f"copy (select {_select(dataset)} from raw) to {target} (format parquet)")
            connection.unregister("raw")


def _state(dataset: str, rows: Table, on: int) -> Table:
    """The rows that stand on a day."""
    if dataset == "households":
        rows = take(rows, rows["_as_of"] <= on)
    last = _last_told(rows, KEYS[dataset])
    standing = take(last, (last["operation"] == NULL) & _EXISTS.get(dataset, _always)(last, on))
    if dataset == "measures":
        _hide_what_comes(standing, on)
    return {**standing, "_day": full(length(standing), on)}


def _always(rows: Table, _on: int) -> Mask:
    return np.ones(length(rows), dtype=bool)


def _in_charge(rows: Table, on: int) -> Mask:
    return np.asarray((rows["from_date"] <= on) & ((rows["to_date"] == NULL) | (rows["to_date"] >= on)))


def _offered(rows: Table, on: int) -> Mask:
    dates = [rows[name] for name in ("offered_on", "responded_on", "delivered_on")]
    return np.asarray(np.logical_or.reduce([(date_ != NULL) & (date_ <= on) for date_ in dates]))


#: By dataset whose rows speak of days by their own dates: whether a row is of a day.
_EXISTS: Mapping[str, Callable[[Table, int], Mask]] = {"measures": _offered, "assignments": _in_charge}


def _hide_what_comes(measures: Table, on: int) -> None:
    """Answers and deliveries of later days are not of this day."""
    for when, what in (("responded_on", "response"), ("delivered_on", "amount")):
        later = measures[when] > on
        measures[when] = np.where(later, NULL, measures[when])
        measures[what] = np.where(later, NULL, measures[what])


def _last_told(rows: Table, key: tuple[str, ...]) -> Table:
    """Of each key the last row, by the day spoken for, the night it came and the order in which it was sent."""
    n = length(rows)
    order = np.lexsort([np.arange(n), rows["_night"], rows["_as_of"], *(rows[column] for column in reversed(key))])
    ordered = take(rows, order)
    ends = np.ones(n, dtype=bool)
    if n:
        same: list[Ints] = [ordered[column] for column in key]
        ends[:-1] = np.logical_or.reduce([column[1:] != column[:-1] for column in same])
    return take(ordered, ends)


def _select(dataset: str) -> str:
    hashed = {column.name for column in contract(dataset).columns if column.hashed}
    columns = [f'{expression} as "{name}"' for name, expression in typed_select(dataset) if name not in hashed]
    return ", ".join(["date '1970-01-01' + _day::int as day", "_submitter::varchar as submitter", *columns])
