"""Whatever an office makes of its tables: no crash, always a state, no row lost, no value that differs from the truth.

A plan says everything that is done to a clean package, and stands in the message of a failure. 300 packages in the
suite; ten thousand with `make test-messy`.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.messy.clean import counties
from tests.messy.mess import REFUSING, mess
from tests.messy.night import faults_of, play
from tests.messy.plan import Plan, plans

PER_NIGHT = 1_000
"""Packages of one night at most: what a night costs whatever comes in is shared by them."""


def test_what_is_read_of_a_messy_package_is_true(pytestconfig: pytest.Config) -> None:
    packages = pytestconfig.getoption("messy_packages")
    drawn: list[Plan] = []

    # The suite plays the same packages every time; the long run looks for new ones.
    @settings(
        max_examples=packages,
        derandomize=packages <= 300,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(plans())
    def draw(plan: Plan) -> None:
        drawn.append(plan)

    draw()
    assert len(drawn) >= packages
    seen: Counter[str] = Counter()
    for first in range(0, len(drawn), PER_NIGHT):
        seen.update(_played(drawn[first : first + PER_NIGHT]))
        print(f"messy packages: {dict(seen)}", flush=True)
    assert seen["packages"] == len(drawn)
    assert seen["read whole"] > 0.2 * packages
    assert seen["refused in part"] > 0.1 * packages
    assert seen["refused"] > 0.1 * packages


def _played(night: list[Plan]) -> Counter[str]:
    """Play a night; counts of what became of its packages."""
    sent = [mess(plan, county) for plan, county in zip(night, counties(), strict=False)]
    with tempfile.TemporaryDirectory() as folder:
        played = play(Path(folder), sent)
    faults = [(plan, found) for plan, one in zip(night, sent, strict=True) if (found := faults_of(one, played))]
    assert not faults, "\n".join(f"{plan}\n    {'; '.join(found[:5])}" for plan, found in faults[:5])
    seen: Counter[str] = Counter(packages=len(sent))
    for plan, one in zip(night, sent, strict=True):
        state = played.outcomes[one.county].state
        if one.harmless:
            seen["read whole"] += 1
            assert state != "rejected", plan
        elif plan.damage in REFUSING:
            seen["refused"] += 1
            assert state == "rejected", plan
        else:
            seen["refused in part"] += 1
    return seen
