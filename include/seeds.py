"""The seeds that dbt loads, for what reads them without a warehouse: their folder, their rows, the day a row holds."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

SEEDS = Path(__file__).resolve().parents[1] / "dbt_project" / "seeds"

Row = dict[str, str]
_NATION = "CN"


def rows(name: str, seeds: Path = SEEDS) -> list[Row]:
    """The rows of a seed as text, by column. Raises FileNotFoundError when there is no such seed."""
    with (seeds / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def holds(row: Mapping[str, str], day: date) -> bool:
    """Whether a dated row holds on a day: both ends inclusive, an empty end is open."""
    text = day.isoformat()  # ISO dates stand in the order of their text
    return row["valid_from"] <= text and (not row["valid_to"] or text <= row["valid_to"])


def standards(known_on: date | None = None, seeds: Path = SEEDS) -> list[Row]:
    """The standards as they were known on a day, without it as they are known last.

    A row counts from its day known_from on, until a row of the same subject, jurisdiction and days is known, which
    replaces it: what int_standard_versions says in the warehouse.
    """
    known = [row for row in rows("standards", seeds) if known_on is None or row["known_from"] <= known_on.isoformat()]
    last = {_what(row): row for row in sorted(known, key=lambda row: row["known_from"])}
    return [row for row in known if last[_what(row)] is row]


def national_standard(subject: str, on: date, known_on: date | None = None, seeds: Path = SEEDS) -> str | None:
    """The national value in force on a day, as known on another (see `standards`); None when there is none."""
    found = (row for row in standards(known_on, seeds) if row["subject"] == subject and row["jurisdiction"] == _NATION)
    return next((row["value"] for row in found if holds(row, on)), None)


def _what(row: Row) -> tuple[str, ...]:
    """What a standard is about: of two rows of the same, the one that is known later holds."""
    return tuple(row[column] for column in ("subject", "jurisdiction", "valid_from", "valid_to"))
