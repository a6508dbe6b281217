"""The memory of the alerts: which troubles are open, and to which routes each message has been delivered.

One JSON file, home/watch/alerts.json, written aside and renamed; a lock file beside it keeps tasks that fail in the
same second from each sending their own.
"""

from __future__ import annotations

import errno
import fcntl
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from include.files import write_aside
from include.home import Home

log = logging.getLogger(__name__)


@dataclass
class Alert:
    """One trouble: what it is about (a gate's stage or a step) on which night, and who has been told."""

    subject: str  # "gate:marts" or "step:build_warehouse"
    night: str  # YYYY-MM-DD
    state: str = "open"  # open or resolved
    told_open: list[str] = field(default_factory=list)  # routes that have the opening message
    told_resolved: list[str] = field(default_factory=list)  # routes that have the message that it is over

    @property
    def date(self) -> date:
        """The night as a date."""
        return date.fromisoformat(self.night)


class AlertBook:
    """The alerts of a home; open it with `alert_book`, which saves on leaving."""

    def __init__(self, alerts: list[Alert]) -> None:
        self.alerts = alerts

    def find(self, subject: str, night: date) -> Alert | None:
        """The alert of a subject and night, when there is one."""
        wanted = night.isoformat()
        return next((a for a in self.alerts if a.subject == subject and a.night == wanted), None)

    def open(self, subject: str, night: date) -> Alert:
        """The open alert of a subject and night: a new one, the standing one, or a resolved one opened again."""
        alert = self.find(subject, night)
        if alert is None:
            alert = Alert(subject, night.isoformat())
            self.alerts.append(alert)
        elif alert.state == "resolved":
            alert.state, alert.told_open, alert.told_resolved = "open", [], []
        elif alert.told_resolved:  # its end was told to some routes only, and it is back: those hear of it again
            alert.told_open = [route for route in alert.told_open if route not in alert.told_resolved]
            alert.told_resolved = []
        return alert

    def ended_by(self, subject: str, night: date) -> list[Alert]:
        """Open alerts of a subject that a success on `night` ends: those of that night and of earlier ones."""
        return [a for a in self.alerts if a.subject == subject and a.state == "open" and a.date <= night]


def state_file(home: Home) -> Path:
    """Where the alerts' memory lies."""
    return home.root / "watch" / "alerts.json"


@contextmanager
def alert_book(home: Home) -> Iterator[AlertBook]:
    """Lock and load the alerts; what was changed is saved also when a delivery in between failed.

    A disk too full to save it ends nobody's night: the messages are out, and told once more is better than not told.
    """
    path = state_file(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(".alerts.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        book = AlertBook([Alert(**a) for a in json.loads(path.read_text(encoding="utf-8"))] if path.exists() else [])
        try:
            yield book
        finally:
            book.alerts.sort(key=lambda a: (a.night, a.subject))
            try:
                with write_aside(path) as aside:
                    aside.write_text(json.dumps([asdict(a) for a in book.alerts], indent=1) + "\n", encoding="utf-8")
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                log.warning("%s could not be written, the disk is full: a rerun tells the same alerts again", path)
