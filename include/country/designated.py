"""Designated assistance: units of the centre and the military that help a county or a village, and what they promised.

Both sides tell one truth: a county reports as the helped side, and its province, in whose list the units stand, for the
helping side, with the numbers that the county gave.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from include.country.facts import County
from include.country.households import blank
from include.country.offices import unit_id
from include.country.tables import NULL, Mask, Table, concat, full, index_of, rng_for, ymd

INDICATOR = index_of("designation_indicator")
SIDE = index_of("reporting_side")
YUAN = ("money", "money_brought_in", "purchases", "sales")
DESIGNATION_WIDTH, _DELIVERY_WIDTH = 10**4, 10**6
_CENTRAL, _ENTERPRISE, _MILITARY = 2, 3, 5
"""Serials of the units in the province's list (provinces.py)."""
#: What a unit promises for a year, in the order of the indicators, in hundredths of its unit.
_SCALE = {
    "money": 2_000_000_00, "money_brought_in": 1_200_000_00, "staff": 3_00, "trained": 240_00, "jobs": 90_00,
    "goods": 400_00, "purchases": 800_000_00, "sales": 1_500_000_00,
}  # fmt: skip


def make_designations(county: County, night: int) -> Table:
    """Two units that help the county, one of which took over from a third, and a military one that helps a village."""
    province = int(f"{county.province}0000")
    rows = [
        (1, _ENTERPRISE, county.number, ymd(2016, 1, 1), ymd(2020, 12, 31)),
        (2, _CENTRAL, county.number, ymd(2016, 1, 1), NULL),
        (3, _ENTERPRISE, county.number, ymd(2021, 4, 1), NULL),
        (4, _MILITARY, county.villages[0].code, ymd(2021, 4, 1), NULL),
    ]
    n = len(rows)
    return {
        "designation_id": county.number * DESIGNATION_WIDTH + np.array([r[0] for r in rows], dtype=np.int64),
        "unit_id": unit_id(province, np.array([r[1] for r in rows])),
        "helped_place_code": np.array([r[2] for r in rows], dtype=np.int64),
        "from_date": np.array([r[3] for r in rows], dtype=np.int64),
        "to_date": np.array([r[4] for r in rows], dtype=np.int64),
        **blank(n, night),
    }


def make_deliveries(county: County, designations: Table, seed: int, on: date, night: int) -> Table:
    """What was promised for last year and is promised for this one: last year's is kept, this year's under way."""
    rng = rng_for(seed, county.number, 0, 78)
    lasting = designations["designation_id"][designations["to_date"] == NULL]
    kinds, years = len(INDICATOR), (on.year - 1, on.year)
    n = len(lasting) * len(years) * kinds
    step = np.array([1 if name in YUAN else 100 for name in INDICATOR], dtype=np.int64)
    scale = np.tile(np.array([_SCALE[name] for name in INDICATOR]), len(lasting) * len(years))
    unit = np.tile(step, len(lasting) * len(years))
    period = np.tile(np.repeat(np.array(years, dtype=np.int64), kinds), len(lasting))
    promised = np.maximum((scale * (0.6 + 0.8 * rng.random(n)) / unit).astype(np.int64), 1) * unit
    share = np.where(period == on.year, 0.5, 1 + 0.2 * rng.random(n))
    return {
        "delivery_id": county.number * _DELIVERY_WIDTH + 1 + np.arange(n, dtype=np.int64),
        "designation_id": np.repeat(lasting, len(years) * kinds),
        "reporting_side": full(n, SIDE["helped"]),
        "period": period,
        "indicator": np.tile(np.arange(kinds, dtype=np.int64), len(lasting) * len(years)),
        "promised": promised,
        "delivered": (promised * share / unit).astype(np.int64) * unit,
        **blank(n, night),
    }


def told_by_helpers(province: int, counties: Sequence[Table]) -> Table:
    """What the units of a province's list say of the same promises: rows in the order of the counties' own."""
    rows = concat(*counties)
    n = len(rows["delivery_id"])
    rows["delivery_id"] = province * _DELIVERY_WIDTH + 1 + np.arange(n, dtype=np.int64)
    rows["reporting_side"] = full(n, SIDE["helper"])
    return rows


def is_running(rows: Table) -> Mask:
    """Rows of the year that has not ended."""
    return np.asarray(rows["period"] == rows["period"].max())


def move_on(rows: Table, rng: np.random.Generator, night: int) -> None:
    """A night on: some of what is promised for this year is delivered."""
    gives = is_running(rows) & (rng.random(len(rows["period"])) < 0.2) & (rows["delivered"] < rows["promised"])
    more = np.minimum(rows["delivered"] + np.maximum(rows["promised"] // 5000 * 100, 100), rows["promised"])
    rows["delivered"] = np.where(gives, more, rows["delivered"])
    rows["_touched"] = np.where(gives, night, rows["_touched"])


def follow(rows: Table, counties: Sequence[Table]) -> None:
    """The helping side's rows of the running year take over what the counties saw arrive."""
    seen = concat(*counties)
    for column in ("delivered", "_touched"):
        rows[column] = np.where(is_running(rows), seen[column], rows[column])
