"""What an effect must show before it is told, as dated rows of standards.csv (subjects effect_...)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from pathlib import Path

from include.seeds import SEEDS, holds, rows, standards

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
    """The national criteria in force on a day, as known on it; without one, those that are open, as known last.

    Raises LookupError when one is not in force.
    """
    values = {
        row["subject"]: float(row["value"])
        for row in standards(on, seeds)
        if row["jurisdiction"] == "CN" and (holds(row, on) if on else not row["valid_to"])
    }
    missing = [field.name for field in fields(Criteria) if _PREFIX + field.name not in values]
    if missing:
        raise LookupError(f"standards.csv has no row in force for {', '.join(_PREFIX + name for name in missing)}")
    return Criteria(**{field.name: values[_PREFIX + field.name] for field in fields(Criteria)})


@cache
def restricted_zones(seeds: Path = SEEDS) -> frozenset[str]:
    """Zones whose tag is restricted: no effect is told by them."""
    return frozenset(row["zone_id"] for row in rows("zones", seeds) if row["restricted"] == "true")
