"""What a table of the open file is: its columns, the counts that guard them, and how its rows are named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PERIOD = "month"
"""Column of the month that a figure tells of; a table without it tells of its night."""

PARTITIONS_OF_NATION = ("region", "province", "prefecture", "county")
"""Kinds of area that split the nation without overlap."""


@dataclass(frozen=True)
class Guard:
    """Columns that are hidden together in a row, and the counts behind them that must all reach the minimum."""

    columns: tuple[str, ...]
    counts: tuple[str, ...]
    """Columns of the query; those that are not columns of the table are used for judging and left behind."""


@dataclass(frozen=True)
class OpenTable:
    """One table of aggregates. A table with guards gets a `suppressed` column: true where something is hidden."""

    schema: str
    name: str
    comment: str
    query: str
    """SQL over the attached marts `m`, giving the columns, the counts of the guards and what they need."""
    columns: dict[str, tuple[str, str]]
    key: tuple[str, ...]
    guards: tuple[Guard, ...] = ()
    derived: bool = False
    """True for a table made from what the open file already shows, after everything else: it can tell nothing more."""
    slice: tuple[str, ...] = ()
    """Columns whose values separate figures that are never added up with each other."""
    part: str | None = None
    """Column whose values split an area into parts that do not overlap; its value `all` is the total of the area."""
    rates: dict[str, str] = field(default_factory=dict)
    """Rate column to the column of its denominator, which says in which steps the rate is shown."""
    tallies: tuple[str, ...] = ()
    """Columns that count households or persons: shown as multiples of the smallest cell."""

    @property
    def full_name(self) -> str:
        """Name with its schema."""
        return f"{self.schema}.{self.name}"


ALL_PARTS = "all"
"""The part that is the total of an area."""


def area_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """Kind and code of a row's area."""
    return str(row["area_kind"]), str(row["area_code"])


def part_of(table: OpenTable, row: Mapping[str, Any]) -> str:
    """The part of its area that a row tells of; `all` in a table without parts."""
    return str(row[table.part]) if table.part else ALL_PARTS


def key_of(table: OpenTable, row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Kind and code of a row's area, and its part: what names a cell within a slice."""
    return (*area_of(row), part_of(table, row))
