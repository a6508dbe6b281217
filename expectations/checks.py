"""A check: one thing a stage must show, said in words, and the expectation that judges it.

Each check reads one measured table whose rows have a `scope` (a county, a dataset, a rule, a table: never a household
or a person), so that a failed check can say where. Great Expectations is not imported here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Check:
    """One expectation of a suite; `expectation` is the name of its Great Expectations class."""

    check_id: str
    table: str
    description: str
    expected: str
    todo: str
    expectation: str
    arguments: dict[str, Any] = field(default_factory=dict)
    tell: str | None = None
    """A column of the table whose value is told as what was observed when the check passes, such as a content hash."""


def equal(check_id: str, table: str, left: str, right: str, description: str, todo: str) -> Check:
    """Two measured columns are the same in every row."""
    return Check(
        check_id, table, description, f"{left} = {right}", todo,
        "ExpectColumnPairValuesToBeEqual", {"column_A": left, "column_B": right, "ignore_row_if": "neither"},
    )  # fmt: skip


def at_least(check_id: str, table: str, left: str, right: str, description: str, todo: str) -> Check:
    """One measured column is not below another, for example a share and its dated standard."""
    return Check(
        check_id, table, description, f"{left} >= {right}", todo,
        "ExpectColumnPairValuesAToBeGreaterThanB",
        {"column_A": left, "column_B": right, "or_equal": True, "ignore_row_if": "neither"},
    )  # fmt: skip


def none_of(check_id: str, table: str, column: str, description: str, todo: str) -> Check:
    """A measured count is zero in every row."""
    return between(check_id, table, column, 0, 0, description, todo)


def between(check_id: str, table: str, column: str, low: float, high: float, description: str, todo: str) -> Check:
    """A measured column lies within two bounds, both included, in every row."""
    expected = f"{column} = {low:g}" if low == high else f"{low:g} <= {column} <= {high:g}"
    return Check(
        check_id, table, description, expected, todo,
        "ExpectColumnValuesToBeBetween", {"column": column, "min_value": low, "max_value": high},
    )  # fmt: skip


def filled(check_id: str, table: str, column: str, description: str, todo: str, tell: bool = False) -> Check:
    """A measured column has a value in every row; with `tell` the value itself is kept as what was observed."""
    return Check(
        check_id, table, description, f"{column} filled", todo,
        "ExpectColumnValuesToNotBeNull", {"column": column}, tell=column if tell else None,
    )  # fmt: skip


def one_of(check_id: str, table: str, column: str, values: list[str], description: str, todo: str) -> Check:
    """A column holds known values alone."""
    expected = f"{column} among {len(values)} known values"
    return Check(
        check_id, table, description, expected, todo,
        "ExpectColumnValuesToBeInSet", {"column": column, "value_set": values},
    )  # fmt: skip


def rows_from(check_id: str, table: str, low: int, high: int | None, description: str, todo: str) -> Check:
    """The measured table has a number of rows within bounds: an empty table would let every other check pass."""
    expected = f"{low} rows" if low == high else f"at least {low} rows"
    return Check(
        check_id, table, description, expected, todo,
        "ExpectTableRowCountToBeBetween", {"min_value": low, "max_value": high},
    )  # fmt: skip
