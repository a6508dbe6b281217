"""Counties beside their peers: chance makes no difference between equals, and one that is truly worse is found."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest

from tests.dbt.models_alone import ModelsAlone

INTERVALS = {
    "cut_id": "varchar", "measured": "varchar", "level": "varchar", "place_code": "varchar", "sampled": "bigint",
    "rate_value": "double", "effective_size": "double",
}  # fmt: skip
STANDARDS = {"subject": "varchar", "jurisdiction": "varchar", "value": "decimal(18,4)"}
SIZES = (6, 12, 12, 25, 25, 50, 50, 100, 200, 400)
"""Households of the samples of ten counties."""
REPEATS = 150


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> ModelsAlone:
    """A warehouse for single models."""
    models = ModelsAlone(tmp_path_factory.mktemp("peers"))
    models.seed("poverty_counties")
    five = {"subject": "suppression_min_cell_coarse", "jurisdiction": "CN", "value": Decimal(5)}
    models.write("int_standards_in_force", STANDARDS, [five])
    return models


def _standings(models: ModelsAlone, seed: int, rate_of: Callable[[int], float]) -> list[tuple[int, str]]:
    """Number of the county and its standing, in REPEATS worlds of ten counties outside the lists."""
    draw = np.random.default_rng(seed)
    rows = [
        {
            "cut_id": "night", "measured": f"world {world}", "level": "county", "place_code": f"99000{county}",
            "sampled": size, "rate_value": draw.binomial(size, rate_of(county)) / size, "effective_size": float(size),
        }
        for world in range(REPEATS)
        for county, size in enumerate(SIZES)
    ]  # fmt: skip
    models.write("int_sample_intervals", INTERVALS, rows)
    models.run("int_peer_comparisons")
    found = models.rows("select county_code, standing from intermediate.int_peer_comparisons")
    assert len(found) == REPEATS * len(SIZES)
    return [(int(code[-1]), standing) for code, standing in found]


def test_equals_of_different_size_are_not_told_apart(models: ModelsAlone) -> None:
    """By rate alone the smallest sample would be first or last in most worlds; here not one county in a hundred is."""
    standings = _standings(models, 1, lambda _: 0.9)
    apart = [county for county, standing in standings if standing != "like_its_peers"]
    assert len(apart) / len(standings) < 0.01


def test_a_truly_worse_county_is_found(models: ModelsAlone) -> None:
    """Seventy per cent where its peers have ninety, by a sample of a hundred."""
    worse = SIZES.index(100)
    standings = _standings(models, 2, lambda county: 0.7 if county == worse else 0.9)
    found = [standing == "below_its_peers" for county, standing in standings if county == worse]
    wrongly = [standing == "below_its_peers" for county, standing in standings if county != worse]
    assert np.mean(found) > 0.9
    assert np.mean(wrongly) < 0.03


def test_four_counties_are_too_few_to_compare(models: ModelsAlone) -> None:
    row = {"cut_id": "night", "measured": "m", "level": "county", "sampled": 50, "effective_size": 50.0}
    rows = [row | {"place_code": f"99000{county}", "rate_value": county / 4} for county in range(4)]
    models.write("int_sample_intervals", INTERVALS, rows)
    models.run("int_peer_comparisons")
    standings = models.rows("select distinct standing from intermediate.int_peer_comparisons")
    assert standings == [("too_few_peers",)]
