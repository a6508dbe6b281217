"""kill -9 at every kill point of a night: the step goes on when run again, and the night ends as if nobody had died."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from include import kill_points
from include import night as steps
from include.country.make import make_country
from include.home import Home
from include.intake.deliver import deliver
from include.settings import Settings
from include.warehouse.content_hash import content_hash
from include.warehouse.dbt import LAYERS
from tests.conftest import NIGHTS

FIRST, SECOND = NIGHTS
BATCH = "0-of-1"


def settings_of(home: Home) -> Settings:
    # One version kept: retention then removes the one before, and a death in the middle of that is played too.
    rules = home.root.parent / "retention.csv"
    head = "rule_id,what,jurisdiction,valid_from,valid_to,keep,unit,basis,source,note"
    rules.write_text(f"{head}\nkeep_published,published,CN,,,1,versions,basis,source,\n", encoding="utf-8")
    return Settings(home=home.root, batches=1, retention_rules=rules)


def _died_at(what: str) -> list[str]:
    return [point for point in kill_points.kill_points() if point.split(":")[0] == what]


def _all_of(*whats: str) -> list[str]:
    return [point for what in whats for point in _died_at(what)]


Step = tuple[str, tuple[str, ...], list[str]]
STEPS: list[Step] = [
    ("acknowledge", (), _all_of("receipts", "receipt")),
    (
        "receive",
        (BATCH,),
        _all_of("landing", "read", "findings_receive", "files", "accounts", "attempts", "inbox-package"),
    ),
    ("meet", (), _all_of("met")),
    ("check", (BATCH,), _all_of("findings_check", "explained")),
    ("judge", (BATCH,), _all_of("accepted", "held", "rejected", "verdicts", "conservation", "attempt_states",
                                 "attempt_differences")),
    ("gate", ("submissions",), _all_of("gate_results", "gate-seconds")),
    ("build", ("seeds",), []),
    ("build", ("staging_intermediate",), _all_of("carry", "dbt-staging_intermediate")),
    ("gate", ("warehouse",), []),
    ("build", ("marts",), _all_of("dbt-marts")),
    ("gate", ("marts",), []),
    ("build", ("quality",), _all_of("alert_history", "dbt-quality")),
    (
        "publish",
        (),
        _all_of(
            "marts-candidate", "marts_open-candidate", "open-parquet", "marts_open-file", "open-folder", "marts-file",
            "marts_open-link", "open-link", "marts-link",
        ),
    ),
    ("publish_quality", (), _all_of("quality-candidate", "quality-file", "quality-link")),
    ("letters", (BATCH,), _all_of("findings-csv", "letter-workbook", "letter")),
    ("board", (), _all_of("board-page", "board")),
    ("lineage", (), _all_of("lineage")),
    ("resolve", (), _all_of("alerts")),
    ("retention", (), _all_of("retention-plan", "retention", "removals")),
]  # fmt: skip
"""A night's steps with their arguments, and the points that each comes to."""

BY_A_DECISION = (
    "deletion-register",
    "deletion",
    "release_decisions",
    "match_decisions",
    "released",
    "withdrawals",
    "restated",
)
"""Points of what a person decides, to which no night comes by itself: tests/unit/test_deletion.py, test_release.py,
test_match.py and test_withdrawn.py play them."""

OF_A_REMOTE_INBOX = ("fetch-record", "fetched", "fetched-original", "handed-out")
"""Points to which a night comes only where offices deliver to a server: tests/unit/test_remote_inbox.py plays them."""

ON_FIRST_NIGHT = {"keys": "receive", "person-key-stamp": "receive", "dbt-seeds": "build"}
"""Keys are made, the lake is stamped with their version, and seeds are loaded once in the life of a home."""


def _run(root: Path, night: date, name: str, arguments: tuple[str, ...], point: str | None) -> None:
    """One step in a process of its own, as a task runs it."""
    if point:
        os.environ[kill_points.SETTING] = point
    home = Home(root)
    leading, trailing = (arguments, ()) if name in ("gate", "build") else ((), arguments)
    getattr(steps, name)(home, settings_of(home), *leading, night, *trailing)


def run(root: Path, night: date, name: str, arguments: tuple[str, ...], point: str | None = None) -> int | None:
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload([__name__])
    process = server.Process(target=_run, args=(root, night, name, arguments, point))
    process.start()
    process.join()
    return process.exitcode


def files_of(folder: Path, keep: Callable[[Path], bool] = lambda _: True) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and keep(path)
    }


def _not_of_retention(path: Path) -> bool:
    return "removals" not in path.parts


def open_files(home: Home) -> dict[str, bytes]:
    """The open Parquet files, but for the one that counts how often the night was published."""
    return files_of(home.published / "open", lambda path: path.name != "publication.parquet")


def test_every_kill_point_is_played() -> None:
    played = [point for _, _, points in STEPS for point in points]
    assert len(played) == len(set(played))
    first = [point for what in ON_FIRST_NIGHT for point in _died_at(what)]
    elsewhere = _all_of(*BY_A_DECISION, *OF_A_REMOTE_INBOX)
    assert sorted(played + first + elsewhere) == sorted(kill_points.kill_points())
    assert len(played) >= 25
    assert tuple(LAYERS) == kill_points.LAYERS, "every layer that dbt builds has its points"


@pytest.mark.long
def test_a_night_of_deaths_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    country = tmp_path / "country"
    make_country(country, counties=4, households=400, nights=2, seed=11, faults="standard")
    dying, whole = Home(tmp_path / "dying"), Home(tmp_path / "whole")
    deliver(country, dying, FIRST)
    for point in _all_of("keys", "person-key-stamp"):
        assert run(dying.root, FIRST, "receive", (BATCH,), point) == -signal.SIGKILL, point
    for name, arguments, _ in STEPS[:5]:
        assert run(dying.root, FIRST, name, arguments) == 0
    for point in _died_at("dbt-seeds"):
        assert run(dying.root, FIRST, "build", ("seeds",), point) == -signal.SIGKILL, point
    steps.run(dying, settings_of(dying), FIRST, print)
    shutil.copytree(dying.root, whole.root, symlinks=True)
    deliver(country, whole, SECOND)
    steps.acknowledge(whole, settings_of(whole), SECOND)
    steps.run(whole, settings_of(whole), SECOND, print)

    deliver(country, dying, SECOND)
    for name, arguments, points in STEPS:
        for point in points:
            assert run(dying.root, SECOND, name, arguments, point) == -signal.SIGKILL, f"{name} never came to {point}"
        assert run(dying.root, SECOND, name, arguments) == 0, f"{name} did not recover"

    assert content_hash((dying.published / "marts.duckdb").resolve()) == content_hash(
        (whole.published / "marts.duckdb").resolve()
    )
    # What retention removed is told apart: deaths left versions that an undisturbed night never had.
    assert files_of(dying.lake, _not_of_retention) == files_of(whole.lake, _not_of_retention), (
        "the same files with the same bytes, and nothing beside them"
    )
    assert set(files_of(dying.landing)) == set(files_of(whole.landing))
    assert files_of(dying.outbox) == files_of(whole.outbox)
    assert open_files(dying) == open_files(whole)
    left = [path.name for path in dying.root.rglob("*") if path.name.endswith((".part", ".link", ".wal", ".received"))]
    assert left == []
    assert files_of(dying.inbox) == files_of(whole.inbox)
