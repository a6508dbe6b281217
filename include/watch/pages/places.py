"""Where the provinces stand on the tile map, their English names, and how many counties the nation has."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from include import seeds


@dataclass(frozen=True)
class Tile:
    """A province on the map: its place in a grid, not its outline."""

    code: str  # two digits
    short_zh: str
    iso: str  # ISO 3166-2:CN without the country
    name_en: str
    column: int
    row: int


@cache
def tiles() -> tuple[Tile, ...]:
    """All provinces in order of their codes."""
    with (Path(__file__).parent / "tiles.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = (
        Tile(row["code"], row["short_zh"], row["iso"], row["name_en"], int(row["column"]), int(row["row"]))
        for row in rows
    )
    return tuple(sorted(found, key=lambda tile: tile.code))


def province_en(code: str) -> str:
    """The English name of a province by its two digits; the code when the map has none."""
    return next((tile.name_en for tile in tiles() if tile.code == code), code)


@cache
def counties_in_force(night: date) -> int:
    """How many counties the seed of places knows on a night: what a national picture is measured against."""
    return sum(row["level"] == "county" and seeds.holds(row, night) for row in seeds.rows("places"))
