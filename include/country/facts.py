"""Facts the country is built on, read from the seeds: places, measures, standards, pairings."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from include.country.tables import day
from include.seeds import holds, rows, standards

DEMO = Path(__file__).with_name("demo_counties.csv")

#: Provinces with much grazing: 15, 54, 63, 65 and the plateau prefectures of Sichuan and Gansu.
_PASTORAL = ("15", "54", "63", "65", "5132", "5133", "6230")
_SYNTHETIC_VILLAGES = 6


@dataclass(frozen=True)
class Village:
    """A village, real or (under a county without village rows) synthetic."""

    code: int
    name: str


@dataclass(frozen=True)
class County:
    """One county that submits."""

    code: str
    name: str
    province: str
    prefecture: str
    villages: tuple[Village, ...]
    partner: str | None
    """Place code of the eastern partner whose pairing is in force, if any."""
    pastoral: bool
    language_offers: bool
    """Zones Z1 and Z5, where the rulebook has language offers: an attribute of the place, never of a person."""
    line: int
    """Poverty line in yuan per person and year."""
    monitoring_range: int
    """Upper end of the monitoring range in yuan per person and year."""

    @property
    def number(self) -> int:
        """The code as a number."""
        return int(self.code)


@dataclass(frozen=True)
class Measure:
    """What the catalogue says of a measure."""

    code: str
    bearer: str
    needs_agreement: bool
    development: bool
    floor: bool


@dataclass(frozen=True)
class Pairing:
    """A pairing in force on the first night."""

    number: int
    helper: str
    helped: str
    from_day: int


#: Names of the statistical list for "right under the province": no office of a prefecture stands behind them.
STAND_INS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


@cache
def places() -> dict[str, dict[str, str]]:
    """All rows of places.csv by place code."""
    return {row["place_code"]: row for row in rows("places")}


@cache
def measures() -> tuple[Measure, ...]:
    """The measures catalogue in the order of the seed; a measure's number is its position here."""
    return tuple(
        Measure(
            row["measure_code"],
            row["bearer"],
            row["needs_agreement"] == "true",
            row["counts_as_development"] == "true",
            row["class"] == "civil_affairs_floor",
        )
        for row in rows("measures")
    )


@cache
def measure_numbers() -> dict[str, int]:
    """Measure code to its position in the catalogue."""
    return {m.code: i for i, m in enumerate(measures())}


@cache
def standard(subject: str, province: str, on: date) -> float:
    """The value in force on a day, as it is known last: the province's own where it has one, else the nation's.

    Raises KeyError when there is none.
    """
    found = {r["jurisdiction"]: float(r["value"]) for r in standards() if r["subject"] == subject and holds(r, on)}
    return found[province] if province in found else found["CN"]


@cache
def pairings(on: date) -> tuple[Pairing, ...]:
    """Pairings in force on a day."""
    return tuple(
        Pairing(i + 1, r["helper_place_code"], r["helped_place_code"], day(date.fromisoformat(r["valid_from"])))
        for i, r in enumerate(rows("pairings"))
        if holds(r, on)
    )


@cache
def _zone_places(zones: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(r["place_code"] for r in rows("zone_places") if r["zone_id"] in zones)


@cache
def _villages_by_county() -> dict[str, tuple[Village, ...]]:
    by_county: dict[str, list[Village]] = {}
    for code, row in places().items():
        if row["level"] == "village":
            by_county.setdefault(code[:6], []).append(Village(int(code), row["name_zh"]))
    return {county: tuple(sorted(found, key=lambda v: v.code)) for county, found in by_county.items()}


def county(code: str, on: date) -> County:
    """Everything the country needs to know of one county; raises KeyError for an unknown code."""
    place = places()[code]
    synthetic = tuple(Village(int(f"{code}900{901 + i}"), f"模拟{i + 1}村") for i in range(_SYNTHETIC_VILLAGES))
    partner = next((p.helper for p in pairings(on) if code.startswith(p.helped)), None)
    return County(
        code=code,
        name=place["name_zh"],
        province=code[:2],
        prefecture=code[:4],
        villages=_villages_by_county().get(code, synthetic),
        partner=partner,
        pastoral=code.startswith(_PASTORAL),
        language_offers=any(code.startswith(place) for place in _zone_places(("Z1", "Z5"))),
        line=int(standard("poverty_line", code[:2], on)),
        monitoring_range=int(standard("monitoring_range", code[:2], on)),
    )


def county_codes(wanted: int, on: date) -> tuple[str, ...]:
    """The first `wanted` counties: those of demo_counties.csv in order, then the other current ones by code."""
    with DEMO.open(encoding="utf-8", newline="") as file:
        demo = [row["county_code"] for row in sorted(csv.DictReader(file), key=lambda row: int(row["order"]))]
    current = [c for c, row in places().items() if row["level"] == "county" and holds(row, on)]
    order = demo + sorted(set(current) - set(demo))
    if not 1 <= wanted <= len(order):
        raise ValueError(f"there are {len(order)} counties; {wanted} were asked for")
    return tuple(order[:wanted])


@cache
def cause_only_measures() -> frozenset[int]:
    """Numbers of measures that the rulebook names under causes alone: they answer nothing else."""
    kinds: dict[str, set[str]] = {}
    for row in rows("rulebook"):
        kinds.setdefault(row["measure_code"], set()).add(row["condition_kind"])
    numbers = measure_numbers()
    return frozenset(numbers[code] for code, found in kinds.items() if found == {"cause"})
