"""Hand out: letters and receipts go into the outboxes of the offices that deliver to a server.

What was handed out is on record (`outbox/<submitter>/handed_out/<night>.json`: name and SHA-256), so that a page goes
out once, and again only when it has changed; and what retention or a deletion removes here is taken back there. Who
delivers into the local folder gets nothing there and misses nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from include.files import write_aside
from include.home import Home
from include.remote_files import RemoteFiles, RemoteInboxUnreachable
from include.result import Result


def hand_out(home: Home, night: date, nights: Iterable[date], remote: RemoteFiles) -> Result:
    """Put what is new in the outboxes of these nights onto the server, and take back there what is gone here.

    Run again, also after a death, it hands out what is missing and writes nothing twice but the page it died over.
    Raises RemoteInboxUnreachable when the server cannot be worked with, or at the end when it let us write into no more
    than some of the outboxes.
    """
    counts: Counter[str] = Counter({"handed out": 0, "taken back": 0})
    closed: dict[str, PermissionError] = {}
    for submitter in remote.accounts():
        try:
            for of in sorted({*nights, *_gone(home, submitter)}):
                _hand_out(home, submitter, of, remote, counts)
        except PermissionError as error:
            if error.filename and Path(str(error.filename)).is_relative_to(home.outbox):
                raise
            closed[submitter] = error
    if closed:
        names = ", ".join(sorted(closed)[:5])
        first = next(iter(closed.values()))
        raise RemoteInboxUnreachable(f"{remote.url}: outbox of {len(closed)} account(s) ({names})", first)
    return Result("hand_out", night, counts=dict(counts))


def _gone(home: Home, submitter: str) -> set[date]:
    """Nights of which something was handed out and nothing lies here any more."""
    known = home.handed_out(submitter, date.min).parent.glob("*.json")
    return {night for path in known if not home.letters(submitter, night := date.fromisoformat(path.stem)).exists()}


def _hand_out(home: Home, submitter: str, night: date, remote: RemoteFiles, counts: Counter[str]) -> None:
    record = home.handed_out(submitter, night)
    sent: dict[str, str] = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    here = sorted(path for path in home.letters(submitter, night).glob("[!.]*") if path.is_file())
    now = dict(sent)
    for path in here:
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if sent.get(path.name) != digest:
            remote.write(submitter, f"{night:%Y-%m-%d}/{path.name}", data)
            now[path.name] = digest
            counts["handed out"] += 1
    for name in sorted(sent.keys() - {path.name for path in here}):
        remote.take_back(submitter, f"{night:%Y-%m-%d}/{name}")
        del now[name]
        counts["taken back"] += 1
    if not now:
        record.unlink(missing_ok=True)
    elif now != sent:
        with write_aside(record) as aside:
            aside.write_text(json.dumps(now, indent=1), encoding="utf-8")
