"""The memory of the alerts: which troubles are open since when, and which messages are still due to which route.

One JSON file, home/watch/alerts.json, written aside and renamed; a lock file beside it keeps tasks that fail in the
same second from each sending their own.
"""

from __future__ import annotations

import errno
import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from include.files import write_aside
from include.home import Home
from include.locks import locked

log = logging.getLogger(__name__)


@dataclass
class Event:
    """What happened to an alert on one night; a night that is run again adds what happened then."""

    night: str
    event: str  # opened, worse, silent (seen, and told before) or resolved
    signs: list[str] = field(default_factory=list)  # what was wrong and had not been told: none of a silent one
    severity: str = "critical"
    told: bool = False  # a message was made of it


@dataclass
class Alert:
    """One trouble from its opening to its end, however many nights it lasts."""

    subject: str  # "gate:marts", "step:build_marts.build_marts" or "route:mailto-0123456789"
    nights: list[str]  # YYYY-MM-DD of each night on which it was seen, in order
    signs: list[str]  # what was wrong and has been told: check ids, or the class of an error
    state: str = "open"  # open or resolved
    ended: str | None = None  # the night whose success ended it
    history: list[Event] = field(default_factory=list)  # in the order in which it happened

    @property
    def since(self) -> date:
        """The first night on which it was seen."""
        return date.fromisoformat(self.nights[0])

    @property
    def last_seen(self) -> date:
        """The newest night on which it was seen."""
        return date.fromisoformat(self.nights[-1])


@dataclass
class Notice:
    """One message, kept until each route has taken it."""

    subject: str
    event: str  # opened, worse, resolved or heartbeat
    night: str
    title: str
    body: str
    kind: str  # failure or success, as apprise colours them
    told: list[str] = field(default_factory=list)  # routes that have it, by their hashed names

    @property
    def urgent(self) -> bool:
        """A trouble that opens or gets worse is told in quiet hours too; its end and the heartbeat can wait."""
        return self.event in ("opened", "worse")


@dataclass
class AlertBook:
    """The alerts of a home and the notices that are due; open it with `alert_book`, which saves on leaving."""

    alerts: list[Alert] = field(default_factory=list)
    due: list[Notice] = field(default_factory=list)
    heartbeats: dict[str, str] = field(default_factory=dict)  # night: text of its last heartbeat, hashed
    silent: dict[str, int] = field(default_factory=dict)  # night: how often a trouble was seen that was told before
    sent: dict[str, int] = field(default_factory=dict)  # night: messages that were made, heartbeats apart

    def open_alerts(self) -> list[Alert]:
        """Troubles that stand, the longest first."""
        return sorted((a for a in self.alerts if a.state == "open"), key=lambda a: (a.nights[0], a.subject))

    def standing(self, subject: str) -> Alert | None:
        """The open alert of a subject, when there is one."""
        return next((a for a in self.alerts if a.subject == subject and a.state == "open"), None)

    def see(self, subject: str, night: date, signs: Sequence[str], severity: str = "critical") -> str | None:
        """Enter a trouble as seen on a night; returns "opened" or "worse" when that is news, and None otherwise.

        Worse is a sign that this alert has not told of. The same signs on another night, or on a rerun, are no news.
        """
        standing = self.standing(subject)
        if standing is None:
            opened = Event(night.isoformat(), "opened", sorted(set(signs)), severity)
            self.alerts.append(Alert(subject, [night.isoformat()], sorted(set(signs)), history=[opened]))
            return "opened"
        new = set(signs) - set(standing.signs)
        standing.history.append(Event(night.isoformat(), "worse" if new else "silent", sorted(new), severity))
        standing.nights = sorted({*standing.nights, night.isoformat()})
        standing.signs = sorted({*standing.signs, *signs})
        if not new:
            self.silent[night.isoformat()] = self.silent.get(night.isoformat(), 0) + 1
        return "worse" if new else None

    def tell(self, subject: str, event: str) -> None:
        """Enter that a message is made of what has just happened to an alert of a subject."""
        last = (alert.history[-1] for alert in reversed(self.alerts) if alert.subject == subject)
        next(one for one in last if one.event == event and not one.told).told = True

    def noise(self, night: date, nights: int) -> tuple[int, int, int]:
        """Of the last nights up to this one: messages made, repeats that were kept silent, and alerts that ended."""
        first, last = (night - timedelta(days=nights - 1)).isoformat(), night.isoformat()
        sent, silent = (sum(n for day, n in of.items() if first <= day <= last) for of in (self.sent, self.silent))
        return sent, silent, sum(first <= (alert.ended or "") <= last for alert in self.alerts)

    def end(self, subject: str, night: date) -> Alert | None:
        """A success on `night` ends the open alert of a subject, unless that was seen on a later night."""
        alert = self.standing(subject)
        if alert is None or alert.last_seen > night:
            return None
        alert.state, alert.ended = "resolved", night.isoformat()
        alert.history.append(Event(night.isoformat(), "resolved"))
        return alert


@contextmanager
def alert_book(home: Home) -> Iterator[AlertBook]:
    """Lock and load the alerts; what was changed is saved also when a delivery in between failed.

    A disk too full to save it ends nobody's night: the messages are out, and told once more is better than not told.
    """
    path = home.alerts
    with locked(path.with_name(".alerts.lock")):
        book = _load(path) if path.exists() else AlertBook()
        try:
            yield book
        finally:
            book.alerts.sort(key=lambda a: (a.nights, a.subject))
            text = json.dumps(asdict(book), indent=1, ensure_ascii=False) + "\n"
            try:
                with write_aside(path) as aside:
                    aside.write_text(text, encoding="utf-8")
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                log.warning("%s could not be written, the disk is full: a rerun tells the same alerts again", path)


def read_alerts(home: Home) -> AlertBook:
    """The alerts as they are kept; changes nothing. Empty when nothing was ever told."""
    path = home.alerts
    return _load(path) if path.exists() else AlertBook()


def read_open_alerts(home: Home) -> list[Alert]:
    """The alerts that stand, the longest first; changes nothing. An empty list when nothing was ever told."""
    return read_alerts(home).open_alerts()


def _load(path: Path) -> AlertBook:
    kept = json.loads(path.read_text(encoding="utf-8"))
    return AlertBook(
        [_alert(alert) for alert in kept["alerts"]],
        [Notice(**notice) for notice in kept["due"]],
        kept["heartbeats"],
        kept.get("silent", {}),
        kept.get("sent", {}),
    )


def _alert(kept: dict[str, Any]) -> Alert:
    """An alert as it was saved; of one that was saved before its history was kept, what its nights tell of it."""
    alert = Alert(**kept)
    alert.history = [Event(**event) for event in kept.get("history", [])]
    if not alert.history:
        first, *others = alert.nights
        alert.history = [Event(first, "opened", alert.signs, told=True), *(Event(night, "silent") for night in others)]
        if alert.ended:
            alert.history.append(Event(alert.ended, "resolved", told=True))
    return alert
