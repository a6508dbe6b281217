"""What a rulebook is checked against: the seeds, and what _seeds.yml says of the rulebook's columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from include.seeds import SEEDS, rows, standards

RULEBOOK = SEEDS / "rulebook.csv"


@dataclass(frozen=True)
class Facts:
    """Places, zones, measures and standards that a rule may name, and the form of a rule. Read by `facts`."""

    columns: tuple[str, ...]
    """Columns of the rulebook, in the order of the seed."""
    required: frozenset[str]
    """Columns that are never empty."""
    accepted: Mapping[str, frozenset[str]]
    """Columns that take listed values alone."""
    places: Mapping[str, str]
    """Level of each place by its code."""
    ended: Mapping[str, tuple[date, str]]
    """Of each place whose code has ended the last day, and the code that followed it ("" where none did)."""
    zones: Mapping[str, bool]
    """Whether the tag of a zone is restricted, by its id."""
    zone_places: Mapping[str, tuple[str, ...]]
    """Place codes of each zone."""
    measures: Mapping[str, bool]
    """Whether a measure needs the household's agreement, by its code."""
    standards: Mapping[str, tuple[str, tuple[Decimal, ...]]]
    """Unit and values of each standard as they are known last, by its id and by its subject."""

    @cached_property
    def conditions(self) -> frozenset[str]:
        """Every cause code and condition; each must have a national answer."""
        return self.accepted["condition_code"]


@cache
def facts(seeds: Path = SEEDS) -> Facts:
    """Read the facts from the seeds. Raises FileNotFoundError when one is missing."""
    columns = _rulebook_columns(seeds)
    zone_places: dict[str, list[str]] = {}
    for row in rows("zone_places", seeds):
        zone_places.setdefault(row["zone_id"], []).append(row["place_code"])
    return Facts(
        columns=tuple(columns),
        required=frozenset(name for name, tests in columns.items() if "not_null" in tests),
        accepted={
            name: frozenset(test["accepted_values"]["arguments"]["values"])
            for name, tests in columns.items()
            for test in tests
            if isinstance(test, dict) and "accepted_values" in test
        },
        places={row["place_code"]: row["level"] for row in rows("places", seeds)},
        ended=_ended(seeds),
        zones={row["zone_id"]: row["restricted"] == "true" for row in rows("zones", seeds)},
        zone_places={zone: tuple(codes) for zone, codes in zone_places.items()},
        measures={row["measure_code"]: row["needs_agreement"] == "true" for row in rows("measures", seeds)},
        standards=_standards(seeds),
    )


def _rulebook_columns(seeds: Path) -> dict[str, list[Any]]:
    """The rulebook's columns with their data tests, as _seeds.yml states them for dbt."""
    described = yaml.safe_load((seeds / "_seeds.yml").read_text(encoding="utf-8"))
    rulebook = next(seed for seed in described["seeds"] if seed["name"] == "rulebook")
    return {column["name"]: column.get("data_tests", []) for column in rulebook["columns"]}


def _ended(seeds: Path) -> dict[str, tuple[date, str]]:
    """A county keeps its stable id when its code changes: the code of that id that stands is the one that followed."""
    counties = [row for row in rows("places", seeds) if row["level"] == "county"]
    standing = {row["county_id"]: row["place_code"] for row in counties if not row["valid_to"]}
    return {
        row["place_code"]: (date.fromisoformat(row["valid_to"]), standing.get(row["county_id"], ""))
        for row in counties
        if row["valid_to"]
    }


def _standards(seeds: Path) -> dict[str, tuple[str, tuple[Decimal, ...]]]:
    found: dict[str, tuple[str, list[Decimal]]] = {}
    for row in standards(seeds=seeds):
        for name in {row["standard_id"], row["subject"]}:
            found.setdefault(name, (row["unit"], []))[1].append(Decimal(row["value"]))
    return {name: (unit, tuple(values)) for name, (unit, values) in found.items()}
