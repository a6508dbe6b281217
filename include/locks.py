"""File locks between processes, of one machine or of all that share a state folder over NFS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import IO

_HAS_LOCKS = find_spec("fcntl") is not None
"""False on Windows, where a clerk's `targeted check` alone runs: in a home of its own that no other process knows."""


def lock(file: IO[str], shared: bool = False, wait: bool = True) -> None:
    """Lock an open file until it is closed; without `wait` raises BlockingIOError when another process holds it.

    Open it for reading and writing (`a+`): over NFS a shared lock wants the one and an exclusive lock the other.
    """
    if _HAS_LOCKS:
        import fcntl

        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock of this name, and wait for whoever holds it; its folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        lock(file)
        yield
