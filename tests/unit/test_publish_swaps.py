"""Publishing: until the links move readers see the night before, wherever it dies; then one publication whole."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from datetime import date, timedelta
from pathlib import Path
from random import Random
from unittest import mock

import duckdb
import pytest

from include import kill_points
from include.files import point_symlink
from include.home import Home
from include.result import Result
from include.settings import Settings
from include.warehouse import publish, versions
from include.warehouse.open_tables import OPEN_TABLES
from tests.unit import open_nights

FIRST, SECOND = open_nights.FIRST_NIGHT, open_nights.FIRST_NIGHT + timedelta(days=1)
SEEN = ("marts_open", "open", "marts")
FILES = sorted(f"{table.name}.parquet" for table in OPEN_TABLES)


def _candidate(home: Home, _settings: Settings, night: date, number: int) -> str:
    """The marts of a small country instead of a warehouse's; another register each night."""
    path = versions.begin_candidate(home, "marts")
    households = open_nights.register(Random(night.day))  # noqa: S311 a test's draw
    open_nights.write_marts(path, night, households, {night.replace(day=1): households})
    with duckdb.connect(str(path)) as marts:
        marts.execute("alter table quality.publication add column content_hash varchar")
        marts.execute("alter table quality.publication add column macros_hash varchar default ''")
        marts.execute("update quality.publication set number = ?, content_hash = ?", [number, f"of {night}"])
    return f"of {night}"


def publish_night(root: Path, night: date, point: str = "") -> Result:
    """Publish with the real steps behind the candidate, in this process, or to a death in one of its own."""
    os.environ[kill_points.SETTING] = point
    with mock.patch.object(publish, "build_candidate", _candidate):
        return publish.publish_marts(Home(root), Settings(home=root), night, lambda stage: Result(stage, night))


def dies(root: Path, night: date, point: str) -> None:
    process = multiprocessing.get_context("forkserver").Process(target=publish_night, args=(root, night, point))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL, f"never came to {point}"


def pointed(home: Home) -> dict[str, str]:
    """What the links lead to."""
    return {kind: versions.link(home, kind).readlink().name for kind in SEEN}


def open_files(home: Home) -> dict[str, bytes]:
    """What a reader finds under published/open, by name."""
    return {path.name: path.read_bytes() for path in sorted((home.published / "open").iterdir())}


def nights_told(home: Home) -> set[date]:
    """Nights of which the files under published/open tell, as they say themselves."""
    told = f"select night from '{home.published / 'open' / 'publication.parquet'}'"
    return {night for (night,) in duckdb.sql(told).fetchall()}


def named(night: date, number: int) -> dict[str, str]:
    return {kind: versions.Version(night, number, kind).file_name for kind in SEEN}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home that has published its first night."""
    monkeypatch.setenv(kill_points.SETTING, "")
    made = Home(tmp_path / "home")
    made.published.mkdir(parents=True)
    assert publish_night(made.root, FIRST).counts == {"published": 2, "open_tables": len(OPEN_TABLES)}
    return made


def test_wherever_it_dies_readers_get_open_tables_of_one_publication(home: Home) -> None:
    before = open_files(home)
    assert sorted(before) == FILES
    assert pointed(home) == named(FIRST, 1)
    for point in ("open-parquet:after", "open-folder:before", "open-folder:after", "marts-file:after"):
        dies(home.root, SECOND, point)
        assert (open_files(home), pointed(home)) == (before, named(FIRST, 1)), point
    dies(home.root, SECOND, "open-link:before")
    assert open_files(home) == before
    told = pointed(home)
    assert told["marts_open"].startswith(f"marts_open-{SECOND}-"), "what is hidden is known before a table shows it"
    assert (told["open"], told["marts"]) == (f"open-{FIRST}-1", f"marts-{FIRST}-1.duckdb")
    dies(home.root, SECOND, "open-link:after")
    assert nights_told(home) == {SECOND}

    assert publish_night(home.root, SECOND).counts["published"] == 2
    after = pointed(home)
    newest = versions.current(home, "marts")
    assert newest is not None
    assert after == named(SECOND, newest.number)
    assert (nights_told(home), sorted(open_files(home))) == ({SECOND}, FILES)
    assert not list((home.published / ".candidate").iterdir())
    assert publish_night(home.root, SECOND).counts["published"] == 0
    assert pointed(home) == after


def test_a_folder_of_before_is_taken_over_by_the_next_publication_of_the_same_night_too(home: Home) -> None:
    (home.published / "open").unlink()
    shutil.copytree(home.published / f"open-{FIRST}-1", home.published / "open")
    (home.published / "open" / "of_an_older_release.parquet").write_bytes(b"a table that is published no more")
    dies(home.root, FIRST, "open-link:before")
    assert publish_night(home.root, FIRST).counts["published"] == 2
    assert pointed(home) == named(FIRST, 3)
    assert sorted(open_files(home)) == FILES
    assert not list((home.published / ".candidate").iterdir())
    assert publish_night(home.root, FIRST).counts["published"] == 0


def test_a_reader_who_found_the_folder_reads_its_files_through_a_publication(home: Home) -> None:
    folder = (home.published / "open").resolve()
    before = open_files(home)
    publish_night(home.root, SECOND)
    assert {path.name: path.read_bytes() for path in sorted(folder.iterdir())} == before
    assert open_files(home) != before
    point_symlink(home.published / "open", folder.name)
    assert open_files(home) == before, "withdrawn to the version before by moving the link"
