"""Pairings join two real places of different provinces."""

from __future__ import annotations

from collections import Counter

from tests.unit.seeds.facts import (
    Row,
    seed,
)


def test_pairings_join_two_real_places_of_different_provinces(places: dict[str, Row]) -> None:
    rows = seed("pairings")
    assert Counter(row["round"] for row in rows) == {"2016": 32, "2021": 11}
    for row in rows:
        helper, helped = row["helper_place_code"], row["helped_place_code"]
        assert helper in places and helped in places
        assert helper[:2] != helped[:2]
    assert ("3301", "4228") in {(row["helper_place_code"], row["helped_place_code"]) for row in rows}
