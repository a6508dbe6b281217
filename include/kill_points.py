"""Places where a process can be killed on purpose, so that tests can show that a death there loses and doubles nothing.

A point is a moment of something that a step leaves on disk, such as `accepted:before`. With TARGETED_KILL_AT set to
its name, or to several with commas between, a process that comes there kills itself with SIGKILL: no clean-up runs, as
when power or memory goes. `targeted kill-points` lists them.
"""

from __future__ import annotations

import os
import signal
from fnmatch import fnmatch
from pathlib import Path

SETTING = "TARGETED_KILL_AT"
"""Environment variable that names the points to die at; not set in production."""

ONCE = "TARGETED_KILL_ONCE"
"""Environment variable that names a folder for marks: at each point only the first process to come there dies.

A mark is a file of the point's name, and holds the number of the process.
"""

HOLD = "TARGETED_KILL_HOLDS"
"""Environment variable: when it is set, a process does not die at a point but is stopped there (SIGSTOP), for whoever
then kills more than this process, such as a worker with all that runs in it."""

WRITTEN: dict[str, str] = {
    "fetch-record": "*/inbox/.fetched/*.json",
    "keys": "*/keys/*",
    "person-key-stamp": "*/lake/person_key.json",
    "landing": "*/landing/night=*/*",
    **{
        kind: f"*/lake/{kind}/*"
        for kind in (
            "receipts", "read", "withdrawals", "findings_receive", "files", "accounts", "attempts", "met",
            "findings_check", "explained", "accepted", "held", "rejected", "verdicts", "conservation",
            "attempt_states", "attempt_differences", "released", "restated", "gate_results", "alert_history",
            "removals", "release_decisions", "match_decisions",
        )
    },
    "gate-seconds": "*/watch/gate_seconds/*",
    "marts-file": "*/published/marts-*.duckdb",
    "marts_open-file": "*/published/marts_open-*.duckdb",
    "quality-file": "*/published/quality-*.duckdb",
    "open-parquet": "*/published/.candidate/open-candidate/*",
    "open-folder": "*/published/open-*",
    "marts-link": "*/published/marts.duckdb",
    "marts_open-link": "*/published/marts_open.duckdb",
    "open-link": "*/published/open",
    "quality-link": "*/published/quality.duckdb",
    "receipt": "*/outbox/*/receipt-*.html",
    "letter": "*/outbox/*/letter.html",
    "findings-csv": "*/outbox/*/findings.csv",
    "letter-workbook": "*/outbox/*/letter.xlsx",
    "handed-out": "*/outbox/*/handed_out/*.json",
    "board-page": "*/board/*/*.html",
    "board": "*/board/index.html",
    "lineage": "*/lineage/night=*.jsonl",
    "alerts": "*/watch/alerts.json",
    "retention-plan": "*/retention/plan.json",
    "deletion-register": "*/deletions/register.jsonl",
}  # fmt: skip
"""What is written aside and renamed, by the pattern of its path: `before` and `after` the rename."""

REKEYED: dict[str, str] = {
    "rekeying-target": "*/lake/.rekeying/target.json",
    "rekeying-file": "*/lake/.rekeying/new/*",
    "rekeying-whole": "*/lake/.rekeying/whole",
}
"""The same, of what a rotation of the person key writes."""

SWITCHED = ("rekeying-folder", "rekeying-warehouse", "rekeying-old")
"""What a rotation moves or removes: `before`, for a folder `during` (the old one is away), and `after`."""

CANDIDATES = ("marts", "marts_open", "quality")
"""Published files while they are written: `during` their transaction."""

LAYERS = ("seeds", "staging_intermediate", "marts", "quality")
"""Layers that dbt builds: `before` it starts, `during` (its first node is done, and dbt dies too), `after` it ended."""

TAKEN_OVER = "carry"
"""What a night takes over of the one before (include/warehouse/carry.py): `during` its transaction."""

FETCHED = "fetched"
"""A package of the remote inbox: `during` its copying (one file is here), `before` and `after` it is put in place."""

REMOVED = ("fetched-original", "inbox-package", "retention", "deletion")
"""What is removed: `before` and `after` it is gone."""


def kill_points() -> list[str]:
    """Names of all points: what is written or removed, candidates, layers; within each in the order of a night."""
    halves = [f"{what}:{when}" for what in (*WRITTEN, *REMOVED) for when in ("before", "after")]
    halves += [f"{FETCHED}:{when}" for when in ("during", "before", "after")]
    halves += [f"{TAKEN_OVER}:during", *(f"{kind}-candidate:during" for kind in CANDIDATES)]
    return halves + [f"dbt-{layer}:{when}" for layer in LAYERS for when in ("before", "during", "after")]


def reach(what: str, when: str) -> None:
    """Die here when this point is a chosen one."""
    point = f"{what}:{when}"
    if point in _chosen() and _first_here(point):
        os.kill(os.getpid(), signal.SIGSTOP if os.environ.get(HOLD) else signal.SIGKILL)


def reach_written(path: Path, when: str) -> None:
    """Die here when a chosen point is this moment of writing `path`."""
    for point in _chosen():
        what, _, moment = point.partition(":")
        pattern = {**WRITTEN, **REKEYED}.get(what)
        if moment == when and pattern and fnmatch(path.absolute().as_posix(), pattern):
            reach(what, when)


def _chosen() -> list[str]:
    return list(filter(None, os.environ.get(SETTING, "").split(",")))


def _first_here(point: str) -> bool:
    """Whether nobody died at this point yet; always so without a folder for marks."""
    if not (marks := os.environ.get(ONCE)):
        return True
    try:
        with (Path(marks) / point).open("x", encoding="utf-8") as mark:
            mark.write(str(os.getpid()))
    except FileExistsError:
        return False
    return True
