"""What a backup says it holds: manifest.json, the last file written and the first one read."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

MANIFEST = "manifest.json"
FORMAT = 1
"""Number of this form of the manifest."""
_CHUNK_BYTES = 1 << 20


class BackupError(Exception):
    """A backup or a restore that did not happen; the message says why and how to mend it."""


@dataclass(frozen=True)
class Entry:
    """One thing in a backup, by its path below the home."""

    path: str
    kind: Literal["file", "folder", "link"]
    mode: int = 0
    """Permission bits; 0 for a link, which has none of its own."""
    size: int = 0
    """Bytes; 0 for a folder or link."""
    sha256: str = ""
    """Of a file's bytes."""
    target: str = ""
    """Where a link points."""


def write_manifest(folder: Path, label: str, entries: list[Entry]) -> None:
    """Write the manifest of a backup, in order of path."""
    ordered = [asdict(entry) for entry in sorted(entries, key=lambda entry: entry.path)]
    text = json.dumps({"format": FORMAT, "label": label, "entries": ordered}, indent=1, ensure_ascii=False)
    with (folder / MANIFEST).open("w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_manifest(folder: Path) -> list[Entry]:
    """What a backup says it holds; raises BackupError when it cannot be read or names a path outside the home."""
    path = folder / MANIFEST
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise BackupError(f"{path} is of format {told['format']}, this version reads {FORMAT}")
        entries = [Entry(**entry) for entry in told["entries"]]
    except FileNotFoundError as error:
        raise BackupError(f"{path} is not there: {folder} is no backup, or one that was not finished") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{path} cannot be read ({type(error).__name__}): restore from another backup") from error
    for entry in entries:
        place = PurePosixPath(entry.path)
        if place.is_absolute() or ".." in place.parts or not place.parts:
            raise BackupError(f"{path} names {entry.path!r}, which is not below the home: restore from another backup")
    return entries


def copy_file(source: Path, target: Path) -> tuple[int, int, str]:
    """Copy a file's bytes, readable for the owner alone; returns the source's mode, size in bytes and SHA-256.

    A file that is swapped by a rename meanwhile is copied as it was when it was opened, whole. Raises OSError.
    """
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reading:
        mode = os.fstat(reading.fileno()).st_mode & 0o777
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as writing:
            while block := reading.read(_CHUNK_BYTES):
                digest.update(block)
                writing.write(block)
                size += len(block)
    return mode, size, digest.hexdigest()
