"""The key of the holes that the synthetic country planted (include.country.holes)."""

from __future__ import annotations

import csv
from pathlib import Path


def read_holes(path: Path) -> frozenset[tuple[str, str]]:
    """Kind and key of every planted hole of a country's folder."""
    with (path / "holes_key.csv").open(encoding="utf-8", newline="") as file:
        return frozenset((line["kind"], line["key"]) for line in csv.DictReader(file))
