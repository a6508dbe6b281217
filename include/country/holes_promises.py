"""Holes in what partners promised each other: delivered short, and told differently by the two sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import numpy as np

from include.country.holes import Hole
from include.country.provinces import INDICATOR, SIDE, Province
from include.country.tables import Ints, Table


def plant_promises(provinces: Sequence[Province]) -> list[Hole]:
    """One promise kept to two fifths, as both sides say; one of which the helped side tells less than the helper.

    In a pairing that both sides report and in quarters that have ended.
    """
    tables = [p.tables["pairing_deliveries"] for p in provinces]
    tables = [t for t in tables if len(t["delivery_id"])]
    told: dict[int, set[int]] = {}
    for table in tables:
        for pairing, side in zip(table["pairing_id"].tolist(), table["reporting_side"].tolist(), strict=True):
            told.setdefault(pairing, set()).add(side)
    both = sorted(pairing for pairing, sides in told.items() if len(sides) == len(SIDE))
    if not both:
        return []
    quarters = np.unique(np.concatenate([t["quarter_start"] for t in tables]))
    short, differing = (both[0], int(quarters[0]), "jobs"), (both[-1], int(quarters[1]), "staff")
    for table in tables:
        _deliver(table, short, lambda promised, _side: promised * 2 // 5)
        _deliver(
            table,
            differing,
            lambda promised, side: np.where(side == SIDE["helped"], promised, promised + 300),
        )
    return [_line(provinces, short, "promise_short"), _line(provinces, differing, "sides_differ")]


def _deliver(table: Table, promise: tuple[int, int, str], how_much: Callable[[Ints, Ints], Ints]) -> None:
    pairing, quarter, indicator = promise
    rows = (table["pairing_id"] == pairing) & (table["quarter_start"] == quarter)
    rows &= table["indicator"] == INDICATOR[indicator]
    at = np.flatnonzero(rows)
    table["delivered"][at] = how_much(table["promised"][at], table["reporting_side"][at])


def _line(provinces: Sequence[Province], promise: tuple[int, int, str], kind: str) -> Hole:
    pairing, quarter, indicator = promise
    helped = next(p.submitter for p in provinces if pairing in p.tables["pairings"]["pairing_id"].tolist())
    on = date(1970, 1, 1) + timedelta(days=quarter)
    return Hole(helped, kind, f"XZ{pairing:04d} {on:%Y-%m-%d} {indicator}")
