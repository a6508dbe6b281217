"""A centre and a server's folder to play on, without a wire: what tests of the remote inbox share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from zoneinfo import ZoneInfo

from upath import UPath

from include import kill_points
from include.clocks import TIMEZONE, known_at
from include.intake import remote_inbox
from include.remote.files import RemoteFiles
from include.remote.package import RemoteFile, RemotePackage
from tests.unit.intake_world import NIGHT, World, csv_bytes

LOOKED = known_at(NIGHT)
COUNTY = "513431"
UPLOADED = (LOOKED - timedelta(hours=8)).replace(tzinfo=ZoneInfo(TIMEZONE)).timestamp()
CLEAN = {"accounts": 1, "taken": 0, "still being written": 0, "left there": 0}


def households(cause: str = "illness") -> dict[str, bytes]:
    return {"households.csv": csv_bytes([["户编号", "主要致贫原因"], ["h1", cause]])}


class Ground:
    """A centre, and a server's folder in which the county's account lies."""

    def __init__(self, root: Path) -> None:
        self.world = World(root / "centre")
        self.accounts = root / "accounts"
        self.inbox = self.accounts / COUNTY / "inbox"
        self.inbox.mkdir(parents=True)
        self.office = World(root / "office")
        self.office.home.inbox.mkdir(parents=True)

    def of(self, submitter: str) -> Path:
        """The inbox of another office, which sends none or what is moved there."""
        inbox = self.accounts / submitter / "inbox"
        inbox.mkdir(parents=True)
        return inbox

    @property
    def account(self) -> Path:
        return self.world.home.inbox / COUNTY

    def deliver(self, files: dict[str, bytes] | None = None, package: str = "p1", *, zipped: bool = False) -> Path:
        """The county sends a package, hours before the night."""
        made = self.office.send(files or households(), package=package, zipped=zipped)
        target = self.inbox / made.name
        made.rename(target)
        for path in (*target.rglob("*"), target):
            os.utime(path, (UPLOADED, UPLOADED))
        return target

    def remote(self) -> RemoteFiles:
        return RemoteFiles(UPath(f"file://{self.accounts}"))

    def fetch(self, remote: RemoteFiles | None = None) -> dict[str, int]:
        world = self.world
        return remote_inbox.fetch(world.home, world.settings, NIGHT, LOOKED, remote or self.remote()).counts

    def there(self) -> list[str]:
        return sorted(path.relative_to(self.inbox).as_posix() for path in self.inbox.rglob("*"))

    def here(self) -> list[str]:
        return sorted(path.relative_to(self.account).as_posix() for path in self.account.rglob("*"))


class ReadOnly(RemoteFiles):
    """A server that lets nothing be removed."""

    def remove(self, package: RemotePackage) -> None:
        raise PermissionError(13, "Permission denied")


class Unread(RemoteFiles):
    """A server from which no byte of a file may be asked."""

    def chunks(self, file: RemoteFile) -> Iterator[bytes]:
        raise AssertionError(file.path)


def fetch_and_die(ground: Ground, point: str) -> None:
    os.environ[kill_points.SETTING] = point
    ground.fetch()


def die(target: Callable[..., None], *arguments: object) -> None:
    process = get_context("fork").Process(target=target, args=arguments)
    process.start()
    process.join(30)
    assert process.exitcode == -9, arguments[-1]
