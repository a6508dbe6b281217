"""Published files: <kind>-<night>-<n>.duckdb and the symlink <kind>.duckdb that points to the newest of each kind.

The open tables are published as Parquet too, all in one folder: open-<night>-<n> and the symlink open. A file or folder
is never changed once it has its name: a process that holds the old one reads on undisturbed.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from include.files import flush_folder, point_symlink
from include.home import Home
from include.kill_points import reach_written

KINDS = ("marts", "marts_open", "quality")
"""DuckDB files."""
OPEN_FOLDER = "open"
"""The folder of Parquet files of the open tables."""
EVERY_KIND = (*KINDS, OPEN_FOLDER)
_NAME = re.compile(r"(?P<kind>[a-z_]+)-(?P<night>\d{4}-\d{2}-\d{2})-(?P<number>\d+)(?P<ending>\.duckdb|)")


@dataclass(frozen=True, order=True)
class Version:
    """One published file or folder; versions of a kind are ordered by night and number."""

    night: date
    number: int
    kind: str

    @property
    def file_name(self) -> str:
        """Name of the file or folder among the published ones."""
        return f"{self.kind}-{self.night:%Y-%m-%d}-{self.number}{_ending(self.kind)}"


def _ending(kind: str) -> str:
    return "" if kind == OPEN_FOLDER else ".duckdb"


def candidate(home: Home, kind: str) -> Path:
    """Where a version is written and judged before it is published: the same disk, so that publishing is a rename."""
    # Not <kind>.duckdb: DuckDB names a database after its file, and `quality` is also a schema.
    return home.published / ".candidate" / f"{kind}-candidate{_ending(kind)}"


def begin_candidate(home: Home, kind: str) -> Path:
    """The path of a candidate with nothing there: neither an older candidate nor the log of one whose writer died."""
    path = candidate(home, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_candidate(home, kind)
    return path


def remove_candidate(home: Home, kind: str) -> None:
    """Remove a candidate and its write-ahead log, if they are there; DuckDB would replay the log into the next one."""
    path = candidate(home, kind)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def link(home: Home, kind: str) -> Path:
    """The symlink that readers open."""
    return home.published / f"{kind}{_ending(kind)}"


def parse(name: str) -> Version | None:
    """The version that the name of a file or folder stands for; None for any other."""
    found = _NAME.fullmatch(name)
    if not found or found["kind"] not in EVERY_KIND or found["ending"] != _ending(found["kind"]):
        return None
    return Version(date.fromisoformat(found["night"]), int(found["number"]), found["kind"])


def versions(home: Home, kind: str) -> list[Version]:
    """All published versions of a kind, oldest first."""
    found = (parse(path.name) for path in home.published.glob(f"{kind}-*"))
    return sorted(version for version in found if version and version.kind == kind)


def current(home: Home, kind: str) -> Version | None:
    """The version that readers get; None before the first publication."""
    pointer = link(home, kind)
    return parse(pointer.readlink().name) if pointer.is_symlink() and pointer.exists() else None


def next_number(home: Home, kinds: tuple[str, ...], night: date) -> int:
    """The next number of a night, the same for all kinds that are published together."""
    taken = [version.number for kind in kinds for version in versions(home, kind) if version.night == night]
    return max(taken, default=0) + 1


def put_in_place(home: Home, version: Version) -> Path:
    """Give a candidate its name: flushed to disk and renamed; readers do not see it until the symlink moves."""
    source, target = candidate(home, version.kind), home.published / version.file_name
    if version.kind == OPEN_FOLDER:
        flush_folder(source)  # its files are flushed one by one as they are written
    else:
        with source.open("rb") as written:
            os.fsync(written.fileno())
    reach_written(target, "before")
    source.replace(target)
    flush_folder(target.parent)
    reach_written(target, "after")
    return target


def point(home: Home, version: Version) -> None:
    """Let readers get this version from now on.

    Where a real folder stands in the place of the link, as before folders were versions, it makes way first: between
    the two renames readers find nothing there, once in the life of a home.
    """
    pointer = link(home, version.kind)
    if taken_over := pointer.is_dir() and not pointer.is_symlink():
        remove_candidate(home, version.kind)
        pointer.rename(candidate(home, version.kind))
    point_symlink(pointer, version.file_name)
    if taken_over:
        remove_candidate(home, version.kind)


def surplus(home: Home, kind: str, keep: int) -> list[Version]:
    """All but the newest `keep` (at least one) versions of a kind, oldest first; never the one that readers get."""
    pointed = current(home, kind)
    return [version for version in versions(home, kind)[: -max(keep, 1)] if version != pointed]
