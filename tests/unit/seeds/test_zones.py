"""Zones and their places: published numbers, old and new codes, and no place for a restricted one."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.unit.seeds.facts import (
    AREA_COUNTS,
    RECODED,
    Row,
    in_zone,
    seed,
)

STATEMENT_AREAS = {"Z2": "A05", "Z3": "A08"}


def test_each_area_has_its_published_number_of_counties_under_old_and_new_codes(
    places: dict[str, Row], poverty: list[Row], zone_places: dict[str, list[Row]]
) -> None:
    for area, count in AREA_COUNTS.items():
        ids = {places[row["place_code"]]["county_id"] for row in zone_places[area]}
        assert len(ids) == count, area
        assert ids == {row["county_id"] for row in poverty if row["area14"] == area}


def test_the_areas_are_disjoint_and_the_places_of_the_statement_are_not(
    places: dict[str, Row], zone_places: dict[str, list[Row]]
) -> None:
    areas = Counter(
        places[code]["county_id"]
        for area in AREA_COUNTS
        for code in {row["place_code"] for row in zone_places[area]} - set(RECODED.values())
    )
    assert len(areas) == sum(AREA_COUNTS.values()) == 680 and set(areas.values()) == {1}
    assert in_zone("513437", zone_places["A04"]) and in_zone("513437", zone_places["Z5"])
    assert in_zone("513422", zone_places["A13"]) and in_zone("513422", zone_places["Z5"])
    assert in_zone("530724", zone_places["A06"]) and in_zone("530724", zone_places["Z5"])


def test_a_zone_row_never_covers_another_of_the_same_zone(zone_places: dict[str, list[Row]]) -> None:
    for zone, rows in zone_places.items():
        codes = [row["place_code"] for row in rows]
        assert len(codes) == len(set(codes)), zone
        for code in codes:
            assert not any(code != other and code.startswith(other) for other in codes), (zone, code)


def test_a_recoded_county_meets_its_zones_under_the_old_and_the_new_code(
    places: dict[str, Row], zone_places: dict[str, list[Row]]
) -> None:
    met = set()
    for zone, rows in zone_places.items():
        dated = {row["place_code"]: row for row in rows}
        for old, new in RECODED.items():
            assert (old in dated) == (new in dated), (zone, old)
            if old in dated:
                met.add(old)
                assert dated[old]["valid_to"] == places[old]["valid_to"]
                assert dated[new]["valid_from"] == places[new]["valid_from"]
            assert in_zone(old, rows) == in_zone(new, rows)
    assert len(met) >= 6


def test_the_places_of_the_statement_are_exactly_those_named(
    places: dict[str, Row], zone_places: dict[str, list[Row]]
) -> None:
    codes = {zone: {row["place_code"] for row in rows} for zone, rows in zone_places.items()}
    assert codes["Z1"] == {"6529", "6530", "6531", "6532"}
    for zone, area in STATEMENT_AREAS.items():
        assert codes[zone] == codes[area]
    assert len(codes["Z4"]) == 17 and "632801101" in codes["Z4"] and places["632801101"]["name_zh"] == "唐古拉镇"
    assert not in_zone("632801", zone_places["Z4"])
    assert {"511132", "511113", "511133", "530724"} <= codes["Z5"] and len(codes["Z5"]) == 15


@pytest.mark.parametrize(("zone", "of_the_832"), [("D01", 199), ("Z1", 26), ("Z2", 80), ("Z3", 33), ("Z5", 13)])
def test_a_zone_meets_the_known_number_of_counties_of_the_list(
    zone: str, of_the_832: int, poverty: list[Row], zone_places: dict[str, list[Row]]
) -> None:
    assert sum(in_zone(row["code_2020"], zone_places[zone]) for row in poverty) == of_the_832


def test_no_restricted_zone_has_places(zone_places: dict[str, list[Row]]) -> None:
    restricted = {row["zone_id"] for row in seed("zones") if row["restricted"] == "true"}
    assert restricted == {"Z6", "Z7", "Z8", "Z9"}
    assert not restricted & set(zone_places)
    assert set(zone_places) == {row["zone_id"] for row in seed("zones")} - restricted


def test_every_zone_place_is_a_place(places: dict[str, Row], zone_places: dict[str, list[Row]]) -> None:
    assert all(row["place_code"] in places for rows in zone_places.values() for row in rows)


def test_every_province_is_in_one_region(places: dict[str, Row]) -> None:
    provinces = [row["province_code"] for row in seed("regions")]
    assert sorted(provinces) == sorted(code for code, row in places.items() if row["level"] == "province")
