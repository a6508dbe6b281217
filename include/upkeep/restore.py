"""Restore: a backup becomes a home, after every file of it has been compared with the manifest."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from include.home import Home
from include.upkeep.backup import newest_night
from include.upkeep.manifest import BackupError, Entry, copy_file, read_manifest

ASIDE = ".restoring"
"""Folder in the home in which it is put together: the home may be a disk of its own, which cannot be renamed."""


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

    Raises BackupError when the home is not empty, when the backup was not finished, or when files are missing or
    damaged (all are named); the home is empty then. Raises OSError when a disk fails or is full.
    """
    if home.root.exists() and (held := sorted(path.name for path in home.root.iterdir())):
        raise BackupError(
            f"{home.root} is not empty (it holds {', '.join(held[:5])}): move it away, or set TARGETED_HOME to a new "
            "folder. Nothing was changed"
        )
    entries = read_manifest(backup)
    aside = home.root / ASIDE
    aside.mkdir(parents=True, mode=0o700)
    try:
        faults = _copy(backup, aside, entries)
        if faults:
            raise BackupError(
                f"{backup} does not hold what its manifest says; nothing was restored, use another backup:\n"
                + "\n".join(f"  {fault}" for fault in faults)
            )
        os.sync()
        # The lake before the keys: a home with rows and no key stops a night, should this die halfway.
        for room in sorted(aside.iterdir(), key=lambda path: (path == aside / home.keys.name, path != aside / "lake")):
            room.rename(home.root / room.name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    files = [entry for entry in entries if entry.kind == "file"]
    return Restored(len(files), sum(entry.size for entry in files), newest_night(entry.path for entry in files))


def _copy(backup: Path, aside: Path, entries: list[Entry]) -> list[str]:
    """Copy what the manifest names; returns what is missing or damaged. Links last: nothing is written through one."""
    faults: list[str] = []
    folders = sorted((entry for entry in entries if entry.kind == "folder"), key=lambda entry: entry.path)
    for entry in folders:
        (aside / entry.path).mkdir(parents=True, exist_ok=True, mode=0o700)
    for entry in entries:
        if entry.kind != "file":
            continue
        target = aside / entry.path
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
            (aside / entry.path).symlink_to(entry.target)
    for entry in reversed(folders):  # the deepest first: a folder that may not be written to is closed last
        (aside / entry.path).chmod(entry.mode)
    return faults
