"""Clean rows by the contract, drawn by seed. Everybody in them is made up: SYNTHETIC 模拟数据."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from include.contract import COMMON_COLUMNS, Column, code_lists, contract
from tests.unit.intake_world import NIGHT

ROOT = Path(__file__).parents[2]
DATASETS = ("funds", "villages", "households", "persons", "units")
VILLAGES = 3
"""Villages that the seed has of nearly every county."""
WORDS = ("县农业农村局", '县"两山"合作社', "镇政府、扶贫办", "A, B 合作社", "帮扶企业 二厂")

Row = dict[str, str]


@dataclass(frozen=True)
class Clean:
    """Rows of one dataset in canonical text: ISO dates, plain numbers, codes, true and false; "" is empty."""

    dataset: str
    county: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@cache
def villages() -> dict[str, tuple[str, ...]]:
    """Villages of each county of which the seed has any."""
    found: dict[str, list[str]] = defaultdict(list)
    with (ROOT / "dbt_project/seeds/places.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    open_counties = {row["place_code"] for row in rows if row["level"] == "county" and not row["valid_to"]}
    for row in rows:
        if row["level"] == "village" and not row["valid_to"] and row["place_code"][:6] in open_counties:
            found[row["place_code"][:6]].append(row["place_code"])
    return {county: tuple(codes) for county, codes in sorted(found.items()) if len(codes) >= VILLAGES}


@cache
def counties() -> tuple[str, ...]:
    """County codes that packages can be of."""
    return tuple(villages())


def clean(rng: Random, dataset: str, county: str, rows: int, columns: tuple[str, ...] | None = None) -> Clean:
    """Rows of a dataset; all columns but those of a close, or the given ones."""
    item = contract(dataset)
    names = columns or tuple(c.name for c in item.columns if c.name not in COMMON_COLUMNS)
    rows = min(rows, VILLAGES) if dataset == "villages" else rows
    made = [{name: _value(rng, item.column(name), county, n) for name in names} for n in range(rows)]
    return Clean(dataset, county, names, tuple(made))


def value_of(column: Column, text: str) -> Any:
    """What the lake must hold for a canonical text."""
    if not text:
        return None
    readers: dict[str, Any] = {
        "integer": int,
        "number": Decimal,
        "date": date.fromisoformat,
        "boolean": lambda word: {"true": True, "false": False}[word],
    }
    return readers.get(column.type, str)(text)


def resident_number(rng: Random) -> str:
    """A number with a right check digit (GB 11643)."""
    born = date(1940, 1, 1) + timedelta(days=rng.randrange(29000))
    digits = f"{rng.choice(('510123', '513431', '522301'))}{born:%Y%m%d}{rng.randrange(1, 999):03d}"
    weights = [pow(2, 17 - place, 11) for place in range(17)]
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


def _value(rng: Random, column: Column, county: str, number: int) -> str:  # noqa: PLR0911  one line for each kind
    if column.key_position is None and not column.required and rng.random() < 0.2:
        return ""
    if column.hashed:
        return resident_number(rng)
    if column.name in ("village_code", "place_code"):
        return villages()[county][number % VILLAGES] if column.name == "village_code" else county
    if column.reference == "measures":
        return rng.choice(("M-ASSET", "M-AUDIO", "M-CASE", "M-CONSUME"))
    if column.code_list:
        codes = code_lists()[column.code_list].values()
        return ",".join(rng.sample(codes, rng.randint(1, column.max_items))) if column.max_items else rng.choice(codes)
    if column.name == "person_no":
        return str(number + 1)
    if column.key_position is not None:
        return f"{column.name[0].upper()}{number + 1:03d}"
    if column.type == "date":
        return (date(1990, 1, 1) + timedelta(days=rng.randrange((NIGHT - date(1990, 1, 1)).days))).isoformat()
    if column.type == "boolean":
        return rng.choice(("true", "false"))
    if column.type == "integer":
        return str(rng.randrange(2000, 2026) if column.unit == "year" else rng.randrange(0, 12))
    if column.type == "number":
        return str(Decimal(rng.randrange(0, 10**7)) / 100)
    return f"U{rng.randrange(100):04d}" if column.name.endswith("_id") else rng.choice(WORDS)
