"""Restore: a backup becomes a home, after every file of it has been compared with the manifest."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from include.home import Home
from include.upkeep.backup import newest_night
from include.upkeep.manifest import BackupError, Entry, copy_file, read_manifest

ASIDE = ".restoring"
"""Folder in the home, and in each room that is there, in which it is put together: no rename leaves a disk."""


@dataclass(frozen=True)
class Restored:
    """A restored home."""

    files: int
    size: int
    """Bytes of all files."""
    newest_night: str | None
    """YYYY-MM-DD; the night that may have been running: it is run again before the next one."""


def restore(backup: Path, home: Home) -> Restored:
    """Copy a backup into an empty home; nothing stands in the home before every file was found to be as it was.

    Empty folders may lie in the home already: rooms that are disks of their own. They keep their own mode.
    Raises BackupError when the home is not empty, when the backup was not finished, or when files are missing or
    damaged (all are named); the home is empty then. Raises OSError when a disk fails or is full.
    """
    present = sorted(home.root.iterdir()) if home.root.exists() else []
    rooms = {path.name for path in present if path.name != ASIDE and _is_empty_folder(path)}
    if held := [path.name for path in present if path.name not in rooms]:
        raise BackupError(
            f"{home.root} is not empty (it holds {', '.join(held[:5])}): move it away, or set TARGETED_HOME to a new "
            "folder. Nothing was changed"
        )
    entries = read_manifest(backup)
    asides = _Asides(home.root, rooms)
    try:
        asides.make()
        faults = _copy(backup, asides, entries)
        if faults:
            raise BackupError(
                f"{backup} does not hold what its manifest says; nothing was restored, use another backup:\n"
                + "\n".join(f"  {fault}" for fault in faults)
            )
        os.sync()
        # The lake before the keys: a home with rows and no key stops a night, should this die halfway.
        asides.put_in_place(first=home.lake.name, last=home.keys.name)
    finally:
        asides.remove()
    files = [entry for entry in entries if entry.kind == "file"]
    return Restored(len(files), sum(entry.size for entry in files), newest_night(entry.path for entry in files))


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and not any(path.iterdir())


class _Asides:
    """Where a home is put together: one folder in the home, and one in each room that is there already."""

    def __init__(self, root: Path, rooms: set[str]) -> None:
        self._root, self._rooms = root, rooms
        self._all = [root / ASIDE, *(root / room / ASIDE for room in sorted(rooms))]

    def make(self) -> None:
        for aside in self._all:
            aside.mkdir(parents=True, mode=0o700)

    def place(self, name: str) -> Path:
        """Where an entry of the manifest is put together."""
        room, *inner = PurePosixPath(name).parts
        return (self._root / room / ASIDE).joinpath(*inner) if room in self._rooms else self._root / ASIDE / name

    def put_in_place(self, first: str, last: str) -> None:
        """Rename all into the home, room after room, the named ones first and last."""
        made = {path.name for path in (self._root / ASIDE).iterdir()}
        for room in sorted(made | self._rooms, key=lambda name: (name == last, name != first)):
            if room in made:
                (self._root / ASIDE / room).rename(self._root / room)
                continue
            for path in sorted((self._root / room / ASIDE).iterdir()):
                path.rename(self._root / room / path.name)

    def remove(self) -> None:
        for aside in self._all:
            shutil.rmtree(aside, ignore_errors=True)


def _copy(backup: Path, asides: _Asides, entries: list[Entry]) -> list[str]:
    """Copy what the manifest names; returns what is missing or damaged. Links last: nothing is written through one."""
    faults: list[str] = []
    folders = sorted((entry for entry in entries if entry.kind == "folder"), key=lambda entry: entry.path)
    for entry in folders:
        asides.place(entry.path).mkdir(parents=True, exist_ok=True, mode=0o700)
    for entry in entries:
        if entry.kind != "file":
            continue
        target = asides.place(entry.path)
        try:
            _, size, sha256 = copy_file(backup / entry.path, target)
        except FileNotFoundError:
            faults.append(f"missing: {entry.path}")
            continue
        if (size, sha256) != (entry.size, entry.sha256):
            faults.append(f"damaged: {entry.path} ({size:,} bytes, {entry.size:,} were copied)")
        target.chmod(entry.mode)
    for entry in entries:
        if entry.kind == "link":
            asides.place(entry.path).symlink_to(entry.target)
    for entry in reversed(folders):  # the deepest first: a folder that may not be written to is closed last
        asides.place(entry.path).chmod(entry.mode)
    return faults
