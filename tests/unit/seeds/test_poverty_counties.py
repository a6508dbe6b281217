"""The list of 832 counties has the published numbers and the names of its codes."""

from __future__ import annotations

from collections import Counter

from tests.unit.seeds.facts import (
    AREA_COUNTS,
    Row,
)


def test_the_list_has_832_counties_152_of_them_outside_the_14_areas(poverty: list[Row]) -> None:
    assert (
        len(poverty) == len({row["code_2020"] for row in poverty}) == len({row["county_id"] for row in poverty}) == 832
    )
    assert Counter(row["area14"] for row in poverty if row["area14"]) == AREA_COUNTS
    assert sum(not row["area14"] for row in poverty) == 152


def test_delisted_years_that_are_known_have_the_published_numbers(poverty: list[Row]) -> None:
    known = Counter(row["delisted_year"] for row in poverty if row["delisted_year"])
    assert known == {"2016": 28, "2020": 52}


def test_a_county_of_the_list_carries_the_name_of_its_code_in_its_province(
    poverty: list[Row], places: dict[str, Row]
) -> None:
    """Same-named counties never cross provinces (in a public list three had)."""
    for row in poverty:
        place = places[row["code_2020"]]
        assert (place["name_zh"], places[row["code_2020"][:2]]["name_zh"]) == (row["name_zh"], row["province"])
        assert place["county_id"] == row["county_id"]
        if row["current_code"]:
            assert row["current_code"][:2] == row["code_2020"][:2]
            assert places[row["current_code"]]["county_id"] == row["county_id"]
            assert not places[row["current_code"]]["valid_to"]
    codes = {row["code_2020"] for row in poverty}
    assert not codes & {"320707", "620102", "230606"}
    assert {"360704", "140215"} <= codes
    assert [row["code_2020"] for row in poverty if not row["current_code"]] == ["632856"]
