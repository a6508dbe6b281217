"""The counties of the demonstration show what is said of them."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.unit.seeds.facts import (
    AREA_COUNTS,
    RECODED,
    ROOT,
    Row,
    read,
)


@pytest.fixture(scope="module")
def demo() -> list[Row]:
    return read(ROOT / "include" / "country" / "demo_counties.csv")


def test_demo_counties_are_24_of_the_832_and_one_outside(
    demo: list[Row], poverty: list[Row], places: dict[str, Row]
) -> None:
    assert [row["order"] for row in demo] == [str(number) for number in range(1, 26)]
    current = {row["current_code"] for row in poverty}
    codes = [row["county_code"] for row in demo]
    assert len(set(codes)) == 25
    assert [code for code in codes if code not in current] == ["511132"]
    assert all(not places[code]["valid_to"] and places[code]["code_kind"] == "gb2260" for code in codes)


def test_demo_counties_have_townships_with_villages(demo: list[Row], places: dict[str, Row]) -> None:
    children = Counter(row["parent_code"] for row in places.values())
    for row in demo:
        townships = [code for code in places if len(code) == 9 and code.startswith(row["county_code"])]
        assert 4 <= len(townships) <= 6, row
        assert all(1 <= children[code] <= 5 for code in townships), row
        assert sum(children[code] for code in townships) >= 10, row
    assert "632801101" in places


def test_demo_counties_cover_what_is_said_of_them(
    demo: list[Row], places: dict[str, Row], zone_places: dict[str, list[Row]]
) -> None:
    for row in demo:
        code = row["county_code"]
        inside = {
            zone
            for zone, rows in zone_places.items()
            if any(r["place_code"].startswith(code) or code.startswith(r["place_code"]) for r in rows)
        }
        said = set(re.findall(r"\b[AZD]\d{1,2}\b", row["why"]))
        assert said <= inside, row
        assert {zone for zone in inside if zone[0] in "AZ"} <= said, row
        if found := re.search(r"recoded from (\d{6})", row["why"]):
            assert RECODED[found[1]] == code
        if found := re.search(r"stand-in (\d{4})", row["why"]):
            assert places[code]["parent_code"] == found[1] and places[found[1]]["code_kind"] == "statistical"


def test_the_first_twelve_demo_counties_already_show_the_country(
    demo: list[Row], zone_places: dict[str, list[Row]]
) -> None:
    first = [row["county_code"] for row in demo[:12]]
    assert len({code[:2] for code in first}) >= 6
    met = {
        zone for zone, rows in zone_places.items() for code in first for r in rows if code.startswith(r["place_code"])
    }
    assert {"Z1", "Z2", "Z3", "Z4", "Z5"} <= met
    assert len(met & set(AREA_COUNTS)) >= 12
    everywhere = {
        zone
        for zone, rows in zone_places.items()
        for row in demo
        for r in rows
        if row["county_code"].startswith(r["place_code"])
    }
    assert set(AREA_COUNTS) <= everywhere
