"""The record of the last backup: where it went and when it ended, kept in the state so that somebody can ask."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from include.files import write_aside
from include.home import Home


@dataclass(frozen=True)
class LastBackup:
    """A backup that became whole."""

    folder: Path
    ended: datetime
    """With its time zone."""


def record_backup(home: Home, done: LastBackup) -> None:
    """Remember a backup."""
    with write_aside(home.last_backup) as aside:
        told = {"folder": str(done.folder), "ended": done.ended.astimezone(UTC).isoformat()}
        aside.write_text(json.dumps(told) + "\n", encoding="utf-8")


def read_last_backup(home: Home) -> LastBackup | None:
    """The last backup on record; None when there is none or the record cannot be read."""
    try:
        told = json.loads(home.last_backup.read_text(encoding="utf-8"))
        return LastBackup(Path(told["folder"]), datetime.fromisoformat(told["ended"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
