"""A table is a dict of equally long int64 arrays: codes are positions in a list, money is in fen, dates are days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray

from include.contract import code_lists

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Table = dict[str, Ints]

NULL = int(np.iinfo(np.int64).min)
"""The one mark for "empty" in every column."""

_EPOCH = date(1970, 1, 1)


def rng_for(seed: int, code: int, night: int, stream: int) -> np.random.Generator:
    """The random draws of one county (or other submitter) on one night: independent of every other's."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, code, night, stream])))


def day(when: date) -> int:
    """Days since 1970-01-01."""
    return (when - _EPOCH).days


def ymd(year: int, month: int, dom: int) -> int:
    """Days since 1970-01-01 of a calendar day."""
    return day(date(year, month, dom))


def full(rows: int, value: int = NULL) -> Ints:
    """A column of one value."""
    return np.full(rows, value, dtype=np.int64)


def ints(values: NDArray[np.generic]) -> Ints:
    """Any numbers as int64, rounded toward minus infinity when they are fractions."""
    if values.dtype.kind == "f":
        values = np.floor(values)
    return values.astype(np.int64)


def length(table: Table) -> int:
    """Number of rows."""
    return len(next(iter(table.values())))


def take(table: Table, which: NDArray[np.generic]) -> Table:
    """The rows a mask or index array names."""
    return {name: column[which] for name, column in table.items()}


def concat(*tables: Table) -> Table:
    """Rows of several tables with the same columns, one after the other."""
    return {name: np.concatenate([t[name] for t in tables]) for name in tables[0]}


def index_of(code_list: str) -> Mapping[str, int]:
    """Code to its position in the contract's list."""
    return {code: i for i, code in enumerate(code_lists()[code_list].values())}


def pick(rng: np.random.Generator, rows: int, shares: Mapping[int, float]) -> Ints:
    """Draw one of the keys for each row by the shares (which need not sum to one)."""
    keys = np.array(list(shares), dtype=np.int64)
    weights = np.cumsum(np.array(list(shares.values()), dtype=np.float64))
    at = np.searchsorted(weights / weights[-1], rng.random(rows), side="right").clip(max=len(keys) - 1)
    return np.asarray(keys[at], dtype=np.int64)


def between(rng: np.random.Generator, low: Ints | int, high: Ints | int, rows: int) -> Ints:
    """Whole numbers from low to high, both included; high below low gives low."""
    span = np.maximum(np.asarray(high, dtype=np.int64) - np.asarray(low, dtype=np.int64), 0)
    return ints(np.asarray(low) + np.floor(rng.random(rows) * (span + 1)))


def uniform(rng: np.random.Generator, low: float, high: float, rows: int) -> Floats:
    """Fractions from low to high."""
    return low + rng.random(rows) * (high - low)


def age_on(birth: Ints, today: int) -> Ints:
    """Completed years of age on a day, by the calendar."""
    months = birth.astype("datetime64[D]").astype("datetime64[M]")
    dom = birth - months.astype("datetime64[D]").astype(np.int64)
    now = np.int64(today).astype("datetime64[D]").astype("datetime64[M]")
    now_dom = today - int(now.astype("datetime64[D]").astype(np.int64))
    whole = int(now.astype(np.int64)) - months.astype(np.int64) - (dom > now_dom)
    return np.asarray(whole // 12, dtype=np.int64)


def rows_of(keys: Ints, wanted: Ints) -> Ints:
    """Row of each wanted key in a column that is sorted and holds each once."""
    return np.searchsorted(keys, wanted).astype(np.int64)


def count_by(rows: Ints, mask: Mask, size: int) -> Ints:
    """How many masked entries fall on each of `size` rows."""
    return np.bincount(rows[mask], minlength=size).astype(np.int64)


def first_by(rows: Ints, values: Ints, mask: Mask, size: int) -> Ints:
    """The first masked value of each of `size` rows, NULL where there is none."""
    found = full(size)
    at = np.flatnonzero(mask)[::-1]
    found[rows[at]] = values[at]
    return found


def rank_within(keys: Ints) -> Ints:
    """0, 1, 2, ... for equal keys in the order they come."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(keys) else np.empty(0, dtype=np.int64)
    run = np.repeat(starts, np.diff(np.r_[starts, len(keys)]))
    rank = full(len(keys), 0)
    rank[order] = np.arange(len(keys)) - run
    return rank
