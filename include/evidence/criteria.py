"""What an effect must show before it is told, as dated rows of standards.csv (subjects effect_...)."""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
_PREFIX = "effect_"


@dataclass(frozen=True)
class Criteria:
    """Thresholds in force; what each means stands in its row's unit and source."""

    confidence_level: float
    units_min: float
    clusters_min: float
    overlap_min: float
    overlap_strong: float
    imbalance_max: float
    imbalance_strong: float
    pretrend_level: float
    pretrend_strong: float
    baseline_bands: float


@cache
def criteria(on: date | None = None, seeds: Path = SEEDS) -> Criteria:
    """The national criteria in force on a day; without one, those that are open. Raises LookupError when one is not."""
    with (seeds / "standards.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["jurisdiction"] == "CN" and _holds(row, on)]
    values = {row["subject"]: float(row["value"]) for row in rows}
    missing = [field.name for field in fields(Criteria) if _PREFIX + field.name not in values]
    if missing:
        raise LookupError(f"standards.csv has no row in force for {', '.join(_PREFIX + name for name in missing)}")
    return Criteria(**{field.name: values[_PREFIX + field.name] for field in fields(Criteria)})


@cache
def restricted_zones(seeds: Path = SEEDS) -> frozenset[str]:
    """Zones whose tag is restricted: no effect is told by them."""
    with (seeds / "zones.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["zone_id"] for row in csv.DictReader(file) if row["restricted"] == "true")


def _holds(row: dict[str, str], on: date | None) -> bool:
    if on is None:
        return not row["valid_to"]
    day = on.isoformat()  # ISO dates stand in the order of their text
    return row["valid_from"] <= day and (not row["valid_to"] or day <= row["valid_to"])
