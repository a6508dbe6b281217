"""What tests of the seeds share: the rows of a seed, and facts that several of them state."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SEEDS = ROOT / "dbt_project" / "seeds"

Row = dict[str, str]

AREA_COUNTS = dict(
    zip(
        (f"A{number:02d}" for number in range(1, 15)),
        (61, 75, 64, 38, 80, 56, 19, 33, 20, 36, 23, 74, 77, 24),
        strict=True,
    )
)
RECODED = {
    "130721": "130705",
    "520221": "520204",
    "520522": "520581",
    "540422": "540481",
    "540530": "540581",
    "610928": "610981",
    "632321": "632301",
}
CAUSES = {f"{number:02d}" for number in range(1, 13)} | {"99"}
CONDITIONS = {"food_clothing", "schooling", "medical_cover", "housing", "water", "income", "any"}


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def seed(name: str) -> list[Row]:
    rows = read(SEEDS / f"{name}.csv")
    assert rows, f"{name} is empty"
    return rows


def day(text: str, default: date) -> date:
    return date.fromisoformat(text) if text else default


def overlap(one: Row, other: Row) -> bool:
    """Both ends are inclusive; empty is open."""
    return max(day(one["valid_from"], date.min), day(other["valid_from"], date.min)) <= min(
        day(one["valid_to"], date.max), day(other["valid_to"], date.max)
    )


def in_zone(code: str, rows: list[Row]) -> bool:
    return any(code.startswith(row["place_code"]) for row in rows)
