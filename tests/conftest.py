"""Fixtures that several rooms share: a small country played through two nights, once for the whole session."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from include import night as steps
from include.country.make import make_country
from include.demo.cookbook import COUNTRY, NIGHTS
from include.home import Home
from include.intake.deliver import deliver
from include.keys import hmac_key_file
from include.settings import Settings
from tests.alerts import Loopback, receivers
from tests.dbt.in_process import in_process

_PROJECT = Path(__file__).resolve().parents[1]


def _made_by() -> str:
    """Hash of the code and facts that the played nights are made by, and of the packages they run with."""
    digest = sha256()
    for name in ("requirements.lock", "tests/conftest.py", "tests/dbt/in_process.py"):
        digest.update((_PROJECT / name).read_bytes())
    for room in ("include", "dbt_project", "expectations"):
        for path in sorted((_PROJECT / room).rglob("*")):
            if path.is_file() and not {"__pycache__", "target", "logs"} & set(path.parts):
                digest.update(f"{path.relative_to(_PROJECT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


_MADE_BY = _made_by()
"""Asked before any test runs, so that all workers say the same."""


@dataclass(frozen=True)
class PlayedCountry:
    """A country with planted faults and the home in which its two nights were run."""

    folder: Path
    home: Home
    settings: Settings
    nights: tuple[date, ...] = NIGHTS

    def copy_to(self, root: Path) -> PlayedCountry:
        """The same in a home of its own, for a test that changes something."""
        shutil.copytree(self.home.root, root, symlinks=True)
        home = Home(root)
        return PlayedCountry(self.folder, home, Settings(home=root, batches=self.settings.batches))


def play(folder: Path, home: Home, settings: Settings, nights: tuple[date, ...] = NIGHTS) -> None:
    """Run nights through the very steps that the DAGs call; dbt in this process."""
    with in_process():
        for night in nights:
            deliver(folder, home, night)
            steps.run(home, settings, night, print)


def copy_secret(home: Home, other: Home) -> None:
    """Give another home the same person secret: the numbers of matches in the quality file are made with it."""
    hmac_key_file(other).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(hmac_key_file(home), hmac_key_file(other))


@pytest.fixture(scope="session", autouse=True)
def small_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every state folder of a worker takes what dbt parsed in its first one: a parse of each is a tenth of it all.

    One thread of DuckDB: on tables of a few rows a second one only waits, a fifth of the CPU of receive to judge.
    Nothing waits for the disk: no test takes the power away, and a night of a few rows flushes hundreds of files.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TARGETED_THREADS", "1")
        patch.setattr(os, "fsync", lambda _descriptor: None)
        patch.setenv("TARGETED_PARSED_PROJECT", str(tmp_path_factory.mktemp("parsed")))
        yield


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    """A real mail server and a real webhook on this machine, and settings whose alerts go there."""
    with receivers() as opened:
        yield opened


@pytest.fixture(scope="session")
def played_country(request: pytest.FixtureRequest) -> PlayedCountry:
    """12 counties, 2,400 households, two nights, standard faults; read only: copy_to before changing anything.

    Kept in pytest's cache until something changes that makes a night: `make test-full` takes what `make test` played.
    """
    kept = request.config.cache.mkdir("played-country")  # type: ignore[union-attr]  # none only without its plugin
    folder = kept / _MADE_BY
    home, settings = Home(folder / "home"), Settings(home=folder / "home", batches=2)
    played = PlayedCountry(folder / "country", home, settings)
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the other worker waits here instead of playing it again
        if not (folder / "done").exists():
            for old in kept.glob("*/"):
                shutil.rmtree(old)
            make_country(played.folder, **COUNTRY)
            play(played.folder, home, settings)
            (folder / "done").touch()
    return played


_BEGIN_WITH = ("test_night_keeps_its_promises.py", "test_dag_runs.py", "test_withdrawn.py")
"""One worker plays the country while the other is at the DAGs; a long file that comes last leaves one worker idle."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that must not come late."""
    at = {name: number for number, name in enumerate(_BEGIN_WITH)}
    items.sort(key=lambda item: at.get(item.path.name, len(at)))


def pytest_addoption(parser: pytest.Parser) -> None:
    """How many messy packages are played: `make test-messy` asks for ten thousand."""
    parser.addoption("--messy-packages", type=int, default=300, help="packages of test_messy_packages.py (300)")
