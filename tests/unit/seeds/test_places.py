"""The tree of places: every level, parent and stable id."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta

import pytest

from tests.unit.seeds.facts import (
    RECODED,
    Row,
    seed,
)


def test_the_tree_of_places_has_every_level_in_the_expected_number(places: dict[str, Row]) -> None:
    levels = Counter(row["level"] for row in places.values())
    assert levels["province"] == 31
    counties = [row for row in places.values() if row["level"] == "county" and row["code_kind"] == "gb2260"]
    assert len([row for row in counties if not row["valid_to"]]) == 2847
    assert {row["place_code"] for row in counties if row["valid_to"]} == set(RECODED)
    assert levels["township"] > 2800 and levels["village"] > 8500


def test_place_codes_are_written_once_sorted_and_as_long_as_their_level_says() -> None:
    rows = seed("places")
    codes = [row["place_code"] for row in rows]
    assert codes == sorted(set(codes))
    length = {"province": 2, "prefecture": 4, "county": 6, "township": 9, "village": 12}
    assert all(re.fullmatch(rf"\d{{{length[row['level']]}}}", row["place_code"]) for row in rows)


def test_every_parent_exists_and_is_the_prefix_one_level_up(places: dict[str, Row]) -> None:
    up = {"prefecture": "province", "county": "prefecture", "township": "county", "village": "township"}
    for code, row in places.items():
        if row["level"] == "province":
            assert row["parent_code"] == ""
        else:
            assert code.startswith(row["parent_code"])
            assert places[row["parent_code"]]["level"] == up[row["level"]], row


def test_a_place_below_a_county_has_the_stable_id_of_its_county(places: dict[str, Row]) -> None:
    for code, row in places.items():
        if row["level"] in ("province", "prefecture"):
            assert row["county_id"] == ""
        else:
            assert row["county_id"] == places[code[:6]]["county_id"], row


@pytest.mark.parametrize(("old", "new"), RECODED.items())
def test_a_recoded_county_is_one_county_across_the_change(old: str, new: str, places: dict[str, Row]) -> None:
    before, after = places[old], places[new]
    assert before["county_id"] == after["county_id"] == old
    assert date.fromisoformat(after["valid_from"]) == date.fromisoformat(before["valid_to"]) + timedelta(days=1)
    assert after["valid_to"] == ""
    assert {row["place_code"] for row in places.values() if row["county_id"] == old and row["level"] == "county"} == {
        old,
        new,
    }


def test_no_other_county_shares_its_id(places: dict[str, Row]) -> None:
    for code, row in places.items():
        if row["level"] == "county" and code not in RECODED.values():
            assert row["county_id"] == code


def test_every_county_has_a_township_and_villages_unless_it_is_newer_than_the_villages(places: dict[str, Row]) -> None:
    filled = {row["parent_code"] for row in places.values() if row["level"] == "township"}
    empty = {
        code for code, row in places.items() if row["level"] == "county" and not row["valid_to"] and code not in filled
    }
    assert empty == {"460302", "460303", "500157", "653132", "653228", "653229", "659013"}
    townships = {code for code, row in places.items() if row["level"] == "township"}
    assert townships == {row["parent_code"] for row in places.values() if row["level"] == "village"}


def test_prefectures_without_counties_have_one_county_row_that_can_submit(places: dict[str, Row]) -> None:
    for code in ("441900", "442000", "460400", "620201"):
        assert places[code]["level"] == "county" and places[code]["code_kind"] == "statistical"
        assert places[code[:4]]["code_kind"] == "gb2260"
