"""Households whose measure's true effect is known: zones, causes and sizes, lasting need, a noisy income each year."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

HOUSEHOLDS = 3000
ZONES = ("A01", "A02", "Z1")
_LASTING, _PASSING = 1500.0, 1000.0


@dataclass(frozen=True)
class Planted:
    """How a measure was given and what it did, in yuan a head."""

    effect: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """By zone, in the order of ZONES."""
    by_baseline: bool = False
    """Given to those whose income of the year before was low: they would have risen anyway."""
    by_trend: bool = False
    """Given to those whose income was already growing."""


def households(seed: int, planted: Planted, folder: Path) -> Path:
    """Write the households of a seed as CSV: earlier, before, after in yuan a head; treated; zone, cause, size."""
    draw = np.random.default_rng(seed)
    zone = draw.integers(0, len(ZONES), HOUSEHOLDS)
    cause = draw.integers(1, 5, HOUSEHOLDS)
    size = draw.integers(1, 5, HOUSEHOLDS)
    lasting = draw.normal(6000 - 300 * cause + 200 * zone, _LASTING)
    growth = draw.normal(400 + 100 * zone + 50 * cause, 400)
    earlier, before, after = (lasting + year * growth + draw.normal(0, _PASSING, HOUSEHOLDS) for year in range(3))
    chance = np.full(HOUSEHOLDS, 0.35)
    if planted.by_baseline:
        chance = 1 / (1 + np.exp((before - np.median(before)) / 900))
    if planted.by_trend:
        chance = 1 / (1 + np.exp(-(growth - np.median(growth)) / 150))
    treated = draw.random(HOUSEHOLDS) < chance
    after = after + treated * np.asarray(planted.effect)[zone]
    path = folder / f"households-{seed}.csv"
    pd.DataFrame(
        {
            "zone": np.asarray(ZONES)[zone],
            "cause": cause,
            "size": size,
            "treated": treated.astype(int),
            "earlier": earlier,
            "before": before,
            "after": after,
            "cost": 2000.0,
        }
    ).to_csv(path, index=False)
    return path
