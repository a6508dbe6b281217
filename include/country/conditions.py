"""Land, housing, water, power, road and fuel of a household, by the kind of county and where the household stands."""

from __future__ import annotations

import numpy as np

from include.country.facts import County
from include.country.status import CAUSE
from include.country.tables import NULL, Ints, Mask, Table, full, index_of, ints, pick, uniform

GRADE = index_of("housing_grade")
ROAD = index_of("road_type")
FUEL = index_of("fuel")


def _hundredths(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Ints:
    return ints(np.rint(values * 100))


def draw_conditions(rng: np.random.Generator, county: County, size: Ints, cause: Ints, gaps: Mask) -> Table:
    """The household's conditions; `gaps`: where an assurance may be missing. Areas are in 1/100 of their unit."""
    n = len(size)
    arable = np.minimum(rng.gamma(2.2, 1.1, n) * np.maximum(size, 1) * 0.7, 60.0)
    arable = np.where(cause == CAUSE["05"], arable * 0.08, arable) * (0.4 if county.pastoral else 1.0)
    forest = np.where(rng.random(n) < 0.55, np.minimum(rng.gamma(1.6, 6.0, n), 150.0), 0.0)
    green = np.where(rng.random(n) < 0.3, np.minimum(rng.gamma(1.5, 2.0, n), 60.0), 0.0)
    pasture = np.where(rng.random(n) < 0.7, rng.gamma(1.5, 180.0, n), 0.0) if county.pastoral else np.zeros(n)
    area = np.maximum(size * uniform(rng, 16, 34, n) + 10, 25.0)
    draw = rng.random(n)
    grade = np.select(
        [gaps & (draw < 0.035), gaps & (draw < 0.12), draw < 0.45],
        [full(n, GRADE["D"]), full(n, GRADE["C"]), full(n, GRADE["A"])],
        full(n, GRADE["B"]),
    )
    unsafe = gaps & (rng.random(n) < np.where(cause == CAUSE["06"], 0.5, 0.06))
    remote = cause == CAUSE["10"]
    road = pick(rng, n, {ROAD["1"]: 0.05, ROAD["2"]: 0.12, ROAD["3"]: 0.70, ROAD["4"]: 0.13})
    fuels = {FUEL["01"]: 0.28, FUEL["02"]: 0.01, FUEL["03"]: 0.16, FUEL["04"]: 0.54, FUEL["99"]: 0.01}
    if county.pastoral:
        fuels = {FUEL["01"]: 0.12, FUEL["02"]: 0.45, FUEL["03"]: 0.18, FUEL["04"]: 0.24, FUEL["99"]: 0.01}
    return {
        "arable_land": _hundredths(arable),
        "irrigated_land": ints(_hundredths(arable) * uniform(rng, 0.0, 0.7, n)),
        "forest_land": _hundredths(forest),
        "grain_for_green_land": _hundredths(green),
        "pasture_land": _hundredths(pasture),
        "housing_area": _hundredths(area),
        "housing_grade": grade,
        "water_safe": (~unsafe).astype(np.int64),
        "electricity": (~(gaps & (rng.random(n) < 0.004))).astype(np.int64),
        "food_clothing_secure": (~(gaps & (rng.random(n) < 0.05))).astype(np.int64),
        "road_type": np.where(remote, ROAD["1"], road),
        "road_distance": _hundredths(np.where(remote, uniform(rng, 2, 9, n), np.minimum(rng.gamma(1.3, 0.6, n), 8.0))),
        "fuel": pick(rng, n, fuels),
    }


def dangerous(grade: Ints) -> Mask:
    """Grade C or D."""
    return np.asarray((grade == GRADE["C"]) | (grade == GRADE["D"]))


def poor_guarantees(households: Table, uninsured: Mask) -> Mask:
    """True where at least one assurance or guarantee is missing."""
    return np.asarray(
        dangerous(households["housing_grade"])
        | (households["water_safe"] == 0)
        | (households["food_clothing_secure"] == 0)
        | (households["housing_grade"] == NULL)
        | uninsured
    )
