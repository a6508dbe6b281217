"""The rows of the seeds, read once for all tests of them."""

from __future__ import annotations

from collections import defaultdict

import pytest

from tests.unit.seeds.facts import Row, seed


@pytest.fixture(scope="package")
def places() -> dict[str, Row]:
    return {row["place_code"]: row for row in seed("places")}


@pytest.fixture(scope="package")
def poverty() -> list[Row]:
    return seed("poverty_counties")


@pytest.fixture(scope="package")
def zone_places() -> dict[str, list[Row]]:
    by_zone: dict[str, list[Row]] = defaultdict(list)
    for row in seed("zone_places"):
        by_zone[row["zone_id"]].append(row)
    return by_zone


@pytest.fixture(scope="package")
def measures() -> dict[str, Row]:
    return {row["measure_code"]: row for row in seed("measures")}


@pytest.fixture(scope="package")
def rulebook() -> list[Row]:
    return seed("rulebook")


@pytest.fixture(scope="package")
def standards() -> list[Row]:
    return seed("standards")
