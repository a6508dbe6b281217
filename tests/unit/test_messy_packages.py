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
from hypothesis import strategies as st

from tests.messy.clean import counties
from tests.messy.mess import REFUSING, mess
from tests.messy.night import faults_of, play
from tests.messy.plan import Plan, plans

PER_NIGHT = 100
"""Packages of one example: what a night costs at least is shared by them."""


class Night(list[Plan]):
    """The plans of one example; a failure names the ones that are at fault, not all of them."""

    def __repr__(self) -> str:
        return f"<{len(self)} plans>"


def test_what_is_read_of_a_messy_package_is_true(pytestconfig: pytest.Config) -> None:
    packages = pytestconfig.getoption("messy_packages")
    seen: Counter[str] = Counter()

    # The suite plays the same packages every time; the long run looks for new ones.
    @settings(
        max_examples=max(1, packages // PER_NIGHT),
        derandomize=packages <= 300,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(st.lists(plans(), min_size=PER_NIGHT, max_size=PER_NIGHT).map(Night))
    def a_night(night: Night) -> None:
        seen.update(_played(night))

    a_night()
    assert seen["packages"] >= packages
    assert seen["read whole"] > 0.2 * packages
    assert seen["refused in part"] > 0.1 * packages
    assert seen["refused"] > 0.1 * packages


def _played(night: Night) -> Counter[str]:
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
