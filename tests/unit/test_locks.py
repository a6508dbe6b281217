"""Every lock that steps take holds also on a state folder that several hosts share over NFS."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

import pytest

from include.home import Home
from include.intake.receipts import inbox_lock
from include.key_state import alone, in_use
from include.keys import keys_locked
from include.locks import locked

LOCKS: dict[str, Callable[[Home], AbstractContextManager[object]]] = {
    "receive": lambda home: inbox_lock(home, shared=True),
    "receipts": lambda home: inbox_lock(home, shared=False),
    "a step": in_use,
    "a rotation": alone,
    "the keys": keys_locked,
    "the alerts": lambda home: locked(home.root / ".lock"),
}


@pytest.mark.parametrize("who", LOCKS)
def test_a_lock_is_taken_where_the_system_makes_a_posix_lock_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    """NFS does so: such a lock is refused on a file that is not open for reading (shared) or writing (exclusive)."""
    taken: list[int] = []

    def over_nfs(file: IO[str], how: int) -> None:
        fcntl.lockf(file, how)
        taken.append(how)

    monkeypatch.setattr(fcntl, "flock", over_nfs)
    with LOCKS[who](Home(tmp_path)):
        assert len(taken) == 1
