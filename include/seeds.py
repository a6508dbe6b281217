"""The seeds that dbt loads, for what reads them without a warehouse: their folder, their rows, the day a row holds."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

SEEDS = Path(__file__).resolve().parents[1] / "dbt_project" / "seeds"


def rows(name: str, seeds: Path = SEEDS) -> list[dict[str, str]]:
    """The rows of a seed as text, by column. Raises FileNotFoundError when there is no such seed."""
    with (seeds / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def holds(row: Mapping[str, str], day: date) -> bool:
    """Whether a dated row holds on a day: both ends inclusive, an empty end is open."""
    return _between(day, row["valid_from"], row["valid_to"])


def _between(day: date, first: str, last: str) -> bool:
    text = day.isoformat()  # ISO dates stand in the order of their text
    return first <= text and (not last or text <= last)
