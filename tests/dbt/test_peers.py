"""Counties beside their peers: chance makes no difference between equals, and one that is truly worse is found.

Peers share the kind of county and, where enough do, its remoteness and its burden.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from tests.dbt.models_alone import ModelsAlone

INTERVALS = {
    "cut_id": "varchar", "measured": "varchar", "level": "varchar", "place_code": "varchar", "sampled": "bigint",
    "rate_value": "double", "effective_size": "double",
}  # fmt: skip
CIRCUMSTANCES = {"county_code": "varchar", "burden": "double", "remoteness": "double"}
STANDARDS = {"subject": "varchar", "jurisdiction": "varchar", "value": "decimal(18,4)"}
SIZES = (6, 12, 12, 25, 25, 50, 50, 100, 200, 400)
"""Households of the samples of ten counties."""
WORSE = SIZES.index(100)
REPEATS = 150
FAR, NEAR = 40.0, 5.0
"""Kilometres to the township's seat."""
MANY, FEW = 0.3, 0.1
"""Registered persons as a share of the population."""


@dataclass(frozen=True)
class County:
    """A county outside the lists: its sample's size, its true rate, and what is known of its circumstances."""

    size: int
    rate: float = 0.9
    remoteness: float | None = None
    burden: float | None = None


@dataclass(frozen=True)
class Found:
    """What the model says of the county with this number in its world."""

    county: int
    compared_by: str
    peers: int
    peer_rate: float
    standing: str


World = Sequence[County]


def _divided_by_chance() -> Iterator[World]:
    draw = np.random.default_rng(11)
    for _ in range(REPEATS):
        yield [County(size, remoteness=draw.uniform(1, 30), burden=draw.uniform(0, 0.4)) for size in SIZES * 2]


def _far_and_near(*, known: bool) -> World:
    return [
        County(size, rate, distance if known else None)
        for rate, distance in ((0.7, FAR), (0.9, NEAR))
        for size in SIZES
    ]


def _one_worse(rate: float, others: float, remoteness: float | None = None) -> list[County]:
    return [County(size, rate if county == WORSE else others, remoteness) for county, size in enumerate(SIZES)]


def _counties(number: int, rate: float, remoteness: float | None, burden: float | None) -> list[County]:
    return [County(100, rate, remoteness, burden)] * number


SAMPLED: Mapping[str, Sequence[World]] = {
    "equals": [[County(size) for size in SIZES]] * REPEATS,
    "equals divided by chance": [*_divided_by_chance()],
    "one worse": [_one_worse(0.7, 0.9)] * REPEATS,
    "one worse among far ones": [[*_one_worse(0.45, 0.7, FAR), *(County(size, 0.9, NEAR) for size in SIZES)]] * REPEATS,
    "far and near": [_far_and_near(known=True)] * REPEATS,
    "far and near, unknown": [_far_and_near(known=False)] * REPEATS,
}
"""Worlds whose samples chance draws."""
BANDS = [
    *_counties(5, 0.5, FAR, MANY), *_counties(1, 0.8, FAR, FEW),
    *_counties(1, 0.6, NEAR, MANY), *_counties(5, 0.9, NEAR, FEW),
]  # fmt: skip
TOLD: Mapping[str, Sequence[World]] = {
    "bands": [BANDS],
    "bands and unknown ones": [[
        *BANDS, *_counties(1, 0.4, None, MANY), *_counties(1, 0.4, None, FEW),
        *_counties(1, 0.4, FAR, None), *_counties(1, 0.4, NEAR, None), *_counties(1, 0.4, None, None),
    ]],
    "few distances": [[
        *_counties(2, 0.5, FAR, MANY), *_counties(2, 0.5, NEAR, MANY), *_counties(1, 0.5, None, MANY),
        *_counties(5, 0.9, None, FEW),
    ]],
    "four": [_counties(4, 0.5, FAR, MANY)],
}  # fmt: skip
"""Worlds whose samples have just their counties' rates."""

Compared = Mapping[str, Sequence[Found]]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """What the model says of all worlds, which have nothing in common: each is a quantity of its own counties."""
    models = ModelsAlone(tmp_path_factory.mktemp("peers"))
    models.seed("poverty_counties")
    five = {"subject": "peer_counties_min", "jurisdiction": "CN", "value": Decimal(5)}
    models.write("int_standards_in_force", STANDARDS, [five])
    draw = np.random.default_rng(1)
    names: list[str] = []
    intervals: list[dict[str, Any]] = []
    circumstances: list[dict[str, Any]] = []
    for name, world in ((name, world) for name, worlds in {**SAMPLED, **TOLD}.items() for world in worlds):
        for number, county in enumerate(world):
            code = f"{len(names):04}{number:02}"
            rate = draw.binomial(county.size, county.rate) / county.size if name in SAMPLED else county.rate
            intervals.append({
                "cut_id": "night", "measured": code[:4], "level": "county", "place_code": code,
                "sampled": county.size, "rate_value": rate, "effective_size": float(county.size),
            })  # fmt: skip
            circumstances.append({"county_code": code, "burden": county.burden, "remoteness": county.remoteness})
        names.append(name)
    models.write("int_sample_intervals", INTERVALS, intervals)
    models.write("int_county_circumstances", CIRCUMSTANCES, circumstances)
    models.run("int_peer_comparisons")
    rows = models.rows(
        "select measured, cast(county_code[5:] as integer), compared_by, peers, peer_rate, standing"
        " from intermediate.int_peer_comparisons order by county_code"
    )
    assert len(rows) == len(intervals)
    found: dict[str, list[Found]] = {name: [] for name in names}
    for measured, *told in rows:
        found[names[int(measured)]].append(Found(*told))
    return found


def _share(found: Iterable[Found], standing: str) -> float:
    return float(np.mean([each.standing == standing for each in found]))


def test_equals_of_different_size_are_not_told_apart(compared: Compared) -> None:
    """By rate alone the smallest sample would be first or last in most worlds; here not one county in a hundred is.

    Nor when circumstances that change nothing divide them into groups of about five.
    """
    assert {each.compared_by for each in compared["equals"]} == {"kind"}
    assert _share(compared["equals"], "like_its_peers") > 0.99
    divided = compared["equals divided by chance"]
    assert np.mean([each.compared_by == "kind_remoteness_burden" for each in divided]) > 0.5
    assert _share(divided, "like_its_peers") > 0.99


def test_a_truly_worse_county_is_found(compared: Compared) -> None:
    """Seventy per cent where its peers have ninety, by a sample of a hundred."""
    found = compared["one worse"]
    assert _share((each for each in found if each.county == WORSE), "below_its_peers") > 0.9
    assert _share((each for each in found if each.county != WORSE), "below_its_peers") < 0.03


def test_remote_counties_are_not_below_for_being_remote(compared: Compared) -> None:
    """Far away seventy per cent are reached, near ninety: known, nobody is told below; not known, most far ones are."""
    known = compared["far and near"]
    assert {(each.compared_by, each.peers) for each in known} == {("kind_remoteness", 10)}
    assert _share(known, "like_its_peers") > 0.99
    far = [each for each in compared["far and near, unknown"] if each.county < len(SIZES)]
    assert _share((each for each in far if SIZES[each.county] >= 100), "below_its_peers") > 0.75


def test_a_truly_worse_county_is_found_among_remote_ones(compared: Compared) -> None:
    """Forty-five per cent where those as far away have seventy, by a sample of a hundred."""
    found = compared["one worse among far ones"]
    assert _share((each for each in found if each.county == WORSE), "below_its_peers") > 0.9
    assert _share((each for each in found if each.county != WORSE), "below_its_peers") < 0.03


def _told(found: Sequence[Found]) -> list[tuple[str, int, float]]:
    return [(each.compared_by, each.peers, round(each.peer_rate, 3)) for each in found]


def test_where_too_few_share_a_mark_more_are_compared(compared: Compared) -> None:
    """Each with the finest group that has five counties, and whoever has a group's marks counts in its rate."""
    assert _told(compared["bands"]) == [
        *[("kind_remoteness_burden", 5, 0.5)] * 5, ("kind_remoteness", 6, 0.55),
        ("kind_remoteness", 6, 0.85), *[("kind_remoteness_burden", 5, 0.9)] * 5,
    ]  # fmt: skip


def test_who_does_not_know_a_mark_is_compared_without_it(compared: Compared) -> None:
    """Nothing is guessed: an unknown county is in no group of the mark, and in the others like everybody."""
    assert _told(compared["bands and unknown ones"]) == [
        *[("kind_remoteness_burden", 5, 0.5)] * 5, ("kind_remoteness", 7, 0.529),
        ("kind_remoteness", 7, 0.786), *[("kind_remoteness_burden", 5, 0.9)] * 5,
        ("kind_burden", 7, 0.5), ("kind_burden", 7, 0.814),
        ("kind_remoteness", 7, 0.529), ("kind_remoteness", 7, 0.786), ("kind", 17, 0.612),
    ]  # fmt: skip
    few_distances = [*[("kind_burden", 5, 0.5)] * 5, *[("kind_burden", 5, 0.9)] * 5]
    assert _told(compared["few distances"]) == few_distances


def test_four_counties_are_too_few_to_compare(compared: Compared) -> None:
    assert {(each.compared_by, each.peers, each.standing) for each in compared["four"]} == {
        ("kind", 4, "too_few_peers")
    }
