"""The doctor on the state folder: who may open it, links that lead nowhere, what the dead left, the last backup."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from include.home import Home
from include.upkeep.doctor.finding import Finding, unsafe, warning
from include.upkeep.last_backup import read_last_backup
from include.upkeep.restore import ASIDE
from include.warehouse.versions import EVERY_KIND, candidate

OTHERS = 0o007
BACKUP_EVERY = timedelta(days=2)
"""A backup is due each morning (docs/runbooks/backup.md); one that was missed is no finding yet."""


def permissions(home: Home) -> list[Finding]:
    """Rooms of the state that every account of the machine may open; a closed state folder closes all of them."""
    if not home.root.is_dir() or not home.root.stat().st_mode & OTHERS:
        return []
    spared = (home.board, home.keys, home.escrow)  # the board holds open figures alone; keys have a check of their own
    rooms = [path for path in _entries(home.root) if path.is_dir() and path not in spared]
    open_rooms = [room.name for room in rooms if room.stat().st_mode & OTHERS]
    if not open_rooms:
        return []
    return [
        unsafe(
            "state-permissions",
            f"every account of this machine may open {', '.join(open_rooms)}",
            where=home.root,
            why="they hold rows about households; marts.duckdb is for staff under duty of confidence",
            mend=f"chmod o-rwx {home.root}; give readers a group, or marts_open.duckdb alone",
        )
    ]


def links(home: Home) -> list[Finding]:
    """Links of what readers open that point to nothing."""
    places = (path for folder in (home.root, home.published, home.board) for path in _entries(folder))
    return [
        unsafe(
            "published-links",
            f"points to {path.readlink()}, which is not there",
            where=path,
            why="who opens it finds nothing",
            mend="run the newest night again (it publishes anew), or restore a backup (docs/runbooks/backup.md)",
        )
        for path in places
        if path.is_symlink() and not path.exists()
    ]


def left_overs(home: Home) -> list[Finding]:
    """What a process leaves that was killed: logs of DuckDB, candidates, a restore that did not end."""
    kept = [candidate(home, kind) for kind in EVERY_KIND]
    logs = [path.with_name(f"{path.name}.wal") for path in (home.warehouse, *kept)]
    found = [path for path in (*kept, *logs, home.root / ASIDE) if path.exists()]
    return [
        warning(
            "left-overs",
            "left by a process that was killed, unless one is running now",
            where=path,
            why="rows may lie in it that no reader and no retention knows of",
            mend="run the newest night again: it replaces and removes this; a dead restore's folder is removed by hand",
        )
        for path in found
    ]


def last_backup(home: Home, now: datetime) -> list[Finding]:
    """A state with nights in it, and no backup, or none for days."""
    if not any(home.lake.glob("attempts/night=*/*.parquet")):
        return []
    last = read_last_backup(home)
    if last and now - last.ended < BACKUP_EVERY:
        return []
    age = f"the last backup ended {(now - last.ended).days} days ago" if last else "no backup is on record"
    return [
        warning(
            "last-backup",
            age,
            where=last.folder if last else home.root,
            why="landing, lake and keys cannot be built again when this disk is lost",
            mend="targeted backup --to FOLDER-ON-ANOTHER-DISK, each morning (docs/runbooks/backup.md)",
        )
    ]


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []
