"""Hand out: letters and receipts go into the outboxes of the offices that deliver to a server.

What was handed out is on record (`outbox/<submitter>/handed_out/<night>.json`: name and SHA-256), so that a page goes
out once, and again only when it has changed; and what retention or a deletion removes here is taken back there. A name
is on record before its page goes out: no death leaves a page on the server that nobody knows of. Who delivers into the
local folder gets nothing there and misses nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from include.files import write_aside
from include.home import Home
from include.locks import locked
from include.remote.files import RemoteFiles, RemoteInboxUnreachable
from include.result import Result

_ON_ITS_WAY = ""
"""Stands in a record for the hash of a page that is about to go out."""
_NEVER = 0
"""The time of a record that is not whole; no folder has it."""


def hand_out(home: Home, night: date, nights: Iterable[date], remote: RemoteFiles) -> Result:
    """Put what is new here into the outboxes on the server, and take back there what is gone here, of every night.

    Of `nights` every page is compared with what was handed out, of all others only where their folder has changed since
    then. Run again, also after a death, it hands out what is missing and writes nothing twice but the pages of the
    night it died over. Raises RemoteInboxUnreachable when the server does not answer, or at the end when the outboxes
    of some accounts could not be worked with, and OSError when our own disk fails.
    """
    counts: Counter[str] = Counter({"handed out": 0, "taken back": 0})
    failed: dict[str, Exception] = {}
    always = set(nights)
    with locked(home.hand_out_lock):  # letters of the night and receipts of the quarter of an hour share records
        for submitter in remote.accounts():
            try:
                # The newest first: whatever is wrong with an old page, tonight's letter is there.
                for of in sorted({*always, *_changed(home, submitter)}, reverse=True):
                    _hand_out(home, submitter, of, remote, counts)
            except RemoteInboxUnreachable as error:
                remote.accounts()  # raises when it is the server and not this one outbox
                failed[submitter] = error
            except (PermissionError, FileNotFoundError, BlockingIOError) as error:
                if error.filename and Path(str(error.filename)).is_relative_to(home.outbox):
                    raise
                failed[submitter] = error
    if failed:
        names = ", ".join(sorted(failed)[:5])
        first = next(iter(failed.values()))
        raise RemoteInboxUnreachable(
            f"{remote.url}: outbox of {len(failed)} account(s) ({names})", first.__cause__ or first
        )
    return Result("hand_out", night, counts=dict(counts))


def _changed(home: Home, submitter: str) -> set[date]:
    """Nights whose folder is not the one that was handed out: never was, has changed since then, or is gone.

    Pages are renamed into their folder and removed from it, so its time changes with each of them.
    """
    records = _times(home.handed_out(submitter, date.min).parent, ".json")
    folders = _times(home.outbox / submitter)
    return {night for night in records.keys() | folders.keys() if records.get(night) != folders.get(night)}


def _times(folder: Path, suffix: str = "") -> dict[date, int]:
    """When each night's entry of a folder last changed. Of two years of nights of every office: nothing is opened."""
    if not folder.is_dir():
        return {}
    with os.scandir(folder) as entries:
        return {
            date.fromisoformat(entry.name.removesuffix(suffix)): entry.stat().st_mtime_ns
            for entry in entries
            if fnmatchcase(entry.name, f"????-??-??{suffix}")
        }


def _hand_out(home: Home, submitter: str, night: date, remote: RemoteFiles, counts: Counter[str]) -> None:
    record, folder = home.handed_out(submitter, night), home.letters(submitter, night)
    sent: dict[str, str] = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    time = _time(folder) if folder.exists() else _NEVER  # before its pages are read: what changes later is seen later
    here = {path.name: path for path in sorted(folder.glob("[!.]*")) if path.is_file()}
    due = {name: data for name, path in here.items() if _hash(data := path.read_bytes()) != sent.get(name)}
    if due:
        _write(record, sent | dict.fromkeys(due, _ON_ITS_WAY), _NEVER)
    for name in sorted(sent.keys() - here.keys()):
        remote.take_back(submitter, f"{night:%Y-%m-%d}/{name}")
        counts["taken back"] += 1
    for name, data in due.items():
        remote.write(submitter, f"{night:%Y-%m-%d}/{name}", data)
        counts["handed out"] += 1
    now = {name: sent[name] for name in here if name not in due} | {name: _hash(data) for name, data in due.items()}
    if not now:
        record.unlink(missing_ok=True)
    elif now != sent or _time(record) != time:
        _write(record, now, time)


def _write(record: Path, pages: dict[str, str], time: int) -> None:
    """Write a record, dated as the folder that it is of."""
    with write_aside(record) as aside:
        aside.write_text(json.dumps(pages, indent=1), encoding="utf-8")
        os.utime(aside, ns=(time, time))


def _time(path: Path) -> int:
    """When a file or folder last changed, in nanoseconds since 1970."""
    return path.stat().st_mtime_ns


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
