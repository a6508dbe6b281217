"""Conditions of villages."""

from __future__ import annotations

import numpy as np

from include.country.facts import County
from include.country.households import blank
from include.country.tables import Table, between, full, ints, uniform


def make_villages(rng: np.random.Generator, county: County, households: Table, today: int, night: int) -> Table:
    """One row for each village; registered population well above the registry's own, so that incidence stays small."""
    codes = np.array([v.code for v in county.villages], dtype=np.int64)
    n = len(codes)
    row = np.searchsorted(codes, households["village_code"])
    known = np.bincount(row, weights=households["members_declared"].astype(np.float64), minlength=n)
    homes = np.maximum(ints(np.rint(known * uniform(rng, 3.5, 7.0, n) / 3.6)), between(rng, 120, 420, n))
    safe = homes - between(rng, 0, 3, n)
    return {
        "village_code": codes,
        "registered_population": ints(homes * uniform(rng, 3.3, 4.0, n)),
        "registered_households": homes,
        "population_on": full(n, today - 120),
        "poor_village": (rng.random(n) < 0.45).astype(np.int64),
        "road_hardened": (rng.random(n) < 0.99).astype(np.int64),
        "bus_service": (rng.random(n) < 0.9).astype(np.int64),
        "safe_water_households": safe,
        "electricity": full(n, 1),
        "clinic": (rng.random(n) < 0.96).astype(np.int64),
        "licensed_doctor": (rng.random(n) < 0.94).astype(np.int64),
        "broadband": (rng.random(n) < 0.97).astype(np.int64),
        "culture_room": (rng.random(n) < 0.93).astype(np.int64),
        "collective_income": ints(rng.gamma(2.0, 40000.0, n)) // 100 * 10000,
        "township_distance": ints(uniform(rng, 0.5, 32, n) * 100),
        **blank(n, night),
    }
