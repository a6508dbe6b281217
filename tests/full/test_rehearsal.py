"""Every bad night is caught and held at the right grain, and no good one is stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.demo.rehearsal.__main__ import rehearse
from include.demo.rehearsal.bad import BAD
from include.demo.rehearsal.good import GOOD

pytestmark = pytest.mark.long


def test_all_come_as_they_must(tmp_path: Path) -> None:
    outcomes, faults = rehearse(tmp_path, (*BAD, *GOOD), print)
    assert faults == []
    assert len(outcomes) == len(BAD) + len(GOOD)
    assert all(outcomes[one.name].messages for one in BAD), "somebody is told of each"
