"""Places where a process can be killed on purpose, so that tests can show that a death there loses and doubles nothing.

A point is a moment of something that a step leaves on disk, such as `accepted:before`. With TARGETED_KILL_AT set to
its name, a process that comes there kills itself with SIGKILL: no clean-up runs, as when power or memory goes.
"""

from __future__ import annotations

import os
import signal
from fnmatch import fnmatch
from pathlib import Path

SETTING = "TARGETED_KILL_AT"
"""Environment variable that names the point to die at; not set in production."""

WRITTEN: dict[str, str] = {
    "keys": "*/keys/*",
    "landing": "*/landing/night=*/*",
    **{
        kind: f"*/lake/{kind}/*"
        for kind in (
            "read", "findings_receive", "files", "accounts", "attempts", "met", "findings_check", "accepted", "held",
            "rejected", "verdicts", "conservation", "attempt_states", "gate_results",
        )
    },
    "marts-file": "*/published/marts-*.duckdb",
    "marts_open-file": "*/published/marts_open-*.duckdb",
    "quality-file": "*/published/quality-*.duckdb",
    "open-parquet": "*/published/open/*",
    "marts-link": "*/published/marts.duckdb",
    "marts_open-link": "*/published/marts_open.duckdb",
    "quality-link": "*/published/quality.duckdb",
    "letter": "*/outbox/*/letter.html",
    "findings-csv": "*/outbox/*/findings.csv",
    "board": "*/board/*",
    "alerts": "*/watch/alerts.json",
}  # fmt: skip
"""What is written aside and renamed, by the pattern of its path: `before` and `after` the rename."""

CANDIDATES = ("marts", "marts_open", "quality")
"""Published files while they are written: `during` their transaction."""

LAYERS = ("seeds", "staging_intermediate", "marts", "quality")
"""Layers that dbt builds: `before` it starts, `during` (its first node is done, and dbt dies too), `after` it ended."""

REMOVED = ("inbox-package", "published-version")
"""What is removed: `before` and `after` it is gone."""


def kill_points() -> list[str]:
    """Names of all points, in the order in which a night comes to them as far as it has one."""
    halves = [f"{what}:{when}" for what in (*WRITTEN, *REMOVED) for when in ("before", "after")]
    halves += [f"{kind}-candidate:during" for kind in CANDIDATES]
    return halves + [f"dbt-{layer}:{when}" for layer in LAYERS for when in ("before", "during", "after")]


def reach(what: str, when: str) -> None:
    """Die here when this point is the chosen one."""
    if os.environ.get(SETTING) == f"{what}:{when}":
        os.kill(os.getpid(), signal.SIGKILL)


def reach_written(path: Path, when: str) -> None:
    """Die here when the chosen point is this moment of writing `path`."""
    chosen, _, moment = os.environ.get(SETTING, "").partition(":")
    if moment == when and chosen in WRITTEN and fnmatch(path.absolute().as_posix(), WRITTEN[chosen]):
        reach(chosen, when)
