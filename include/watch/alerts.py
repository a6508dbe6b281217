"""Alerts with a state: told when a trouble opens, when it gets worse and when it is over, and silent in between.

Whatever is told goes through a queue that is kept: a message that a route did not take waits for the next one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Protocol

from include.home import Home
from include.settings import Settings
from include.watch import messages
from include.watch.freshness import SUBJECT, has_not_come
from include.watch.routes import AlertNotDelivered, Message, deliver, routes
from include.watch.routing import is_quiet, way_of
from include.watch.state import AlertBook, Notice, alert_book
from include.watch.subjects import step_subject

__all__ = [
    "AlertNotDelivered",
    "notify_gate_failed",
    "notify_heartbeat",
    "notify_late",
    "notify_not_fresh",
    "notify_resolved",
    "notify_step_failed",
    "send_due",
]


NOISE_NIGHTS = 14
"""Nights that the noise figure of the morning's message counts."""
_KEPT = 31
"""Nights of which it is known what was told, so that a rerun that changes nothing is silent."""


class Failure(Protocol):
    """What a failed gate says of itself, as expectations.gate.GateFailed does."""

    @property
    def stage(self) -> str:
        """submissions, warehouse, marts, disclosure or published."""

    @property
    def night(self) -> date:
        """The night that was judged."""

    @property
    def failures(self) -> Sequence[Any]:
        """The failed checks: rows of gate_results."""


def notify_gate_failed(home: Home, settings: Settings, failure: Failure) -> int:
    """Tell that a gate failed, when that is news; returns how many messages the routes took now.

    Checks that routing.csv sends to the digest or the board are not told here. News is a gate that has been
    passing, or a check that this alert has not told of. Raises AlertNotDelivered when a route did not take a message;
    it stays due.
    """
    subject, failures = f"gate:{failure.stage}", [one for one in failure.failures if _is_urgent(one, failure.night)]
    if not failures:
        return 0
    with alert_book(home) as book:
        signs = [str(messages.of(check, "check_id")) for check in failures]
        critical = any(_severity(check) == "critical" for check in failures)
        event = book.see(subject, failure.night, signs, "critical" if critical else "warning")
        if event:
            told = messages.gate_failed(failure.stage, failure.night, failures, settings, event)
            _add(book, subject, event, failure.night, told)
        return _flush(book, settings, failure.night)


def notify_step_failed(
    home: Home, settings: Settings, step: str, night: date, error_class: str, no_space: str = ""
) -> int:
    """Tell that a step (see subjects.step_name) died, when that is news; give its class, never its text.

    Returns and raises as above.
    `no_space` says in figures that the disk was too small, when that was the cause.
    """
    subject = step_subject(step)
    with alert_book(home) as book:
        event = book.see(subject, night, [error_class])
        if event:
            _add(book, subject, event, night, messages.step_failed(step, night, error_class, settings, event, no_space))
        return _flush(book, settings, night)


def notify_not_fresh(home: Home, settings: Settings, due: date, served: date | None) -> int:
    """Tell that readers have no marts of the night `due` in the morning, when that is news; as above."""
    with alert_book(home) as book:
        event = book.see(SUBJECT, due, ["ahead" if has_not_come(due, served) else "not published"])
        if event:
            _add(book, SUBJECT, event, due, messages.not_fresh(due, served, settings, event))
        return _flush(book, settings, due)


def notify_late(home: Home, settings: Settings, dag: str, night: date, hours: float) -> int:
    """Tell that a run of a night is not done `hours` after it was queued, when that is news; as above."""
    subject = f"late:{dag}"
    with alert_book(home) as book:
        if book.see(subject, night, ["late"]):
            _add(book, subject, "opened", night, messages.late(dag, night, hours, settings))
        return _flush(book, settings, night)


def notify_resolved(
    home: Home, settings: Settings, subjects: Iterable[str], night: date, at: datetime | None = None
) -> int:
    """A success of `subjects` ("gate:<stage>", "step:<dag>.<task>") on `night` ends their open alerts up to that night.

    What is told in quiet hours (`at`, Asia/Shanghai) waits for `send_due`. One message for each alert that is
    over, none when there was none. Returns and raises as above.
    """
    with alert_book(home) as book:
        for subject in subjects:
            ended = book.end(subject, night)
            if ended is None:
                continue
            if not routes(settings):  # nobody heard that it began, so nobody waits for its end
                book.due = [notice for notice in book.due if notice.subject != subject]
                continue
            nights = [date.fromisoformat(text) for text in ended.nights]
            _add(book, subject, "resolved", night, messages.resolved(subject, nights, night, settings))
        return _flush(book, settings, night, at)


def notify_heartbeat(
    home: Home, settings: Settings, night: date, lines: Sequence[str], at: datetime | None = None, *, published: bool
) -> int:
    """Tell once a night how it went (`lines`), whether its own marts are `published`, and which alerts stand.

    Again only when that has changed.

    A night that is run again after a newer one was told of is no news. The first line is the message's title. In quiet
    hours it waits as above. Returns and raises as above.
    """
    with alert_book(home) as book:
        if night.isoformat() in book.heartbeats and max(book.heartbeats) > night.isoformat():
            return _flush(book, settings, night, at)
        message = messages.heartbeat(lines, book.open_alerts(), settings, published=published)
        text = hashlib.sha256(f"{message.title}\n{message.body}".encode()).hexdigest()
        if routes(settings) and book.heartbeats.get(night.isoformat()) != text:
            latest = sorted({**book.heartbeats, night.isoformat(): text}.items())[-_KEPT:]
            book.heartbeats = dict(latest)
            noise = messages.noise(NOISE_NIGHTS, *book.noise(night, NOISE_NIGHTS))
            _add(book, "heartbeat", "heartbeat", night, replace(message, body=f"{message.body}\n{noise}"))
        return _flush(book, settings, night, at)


def send_due(home: Home, settings: Settings, night: date, at: datetime | None = None) -> int:
    """Send what waits: for the end of quiet hours, or for a route that did not take it. Returns and raises as above."""
    with alert_book(home) as book:
        return _flush(book, settings, night, at)


def _is_urgent(check: Any, night: date) -> bool:
    return way_of(str(messages.of(check, "check_id")), _severity(check), night) == "now"


def _severity(check: Any) -> str:
    return str(messages.of(check, "severity") or "critical")


def _add(book: AlertBook, subject: str, event: str, night: date, message: Message) -> None:
    book.due.append(Notice(subject, event, night.isoformat(), message.title, message.body, message.kind))
    if event != "heartbeat":
        book.tell(subject, event)
        counts = sorted({**book.sent, night.isoformat(): book.sent.get(night.isoformat(), 0) + 1}.items())
        book.sent, book.silent = dict(counts[-_KEPT:]), dict(sorted(book.silent.items())[-_KEPT:])


def _flush(book: AlertBook, settings: Settings, night: date, at: datetime | None = None) -> int:
    """Send what is due, in quiet hours what is urgent alone; a failing route becomes an alert to those that work."""
    to, quiet = routes(settings), is_quiet(settings.alert_quiet_hours, at)
    delivery = deliver([notice for notice in book.due if notice.urgent or not quiet], to)
    for route in to:
        if route.name in delivery.failed:
            _note_failing(book, settings, night, route.name)
        elif route.name in delivery.took:
            _note_working(book, settings, night, route.name)
    working = [route for route in to if route.name not in delivery.failed]
    also = deliver([notice for notice in book.due if notice.urgent or not quiet], working)
    taken = len(delivery.took) + len(also.took)
    names = [route.name for route in to]
    book.due = [notice for notice in book.due if not names or any(name not in notice.told for name in names)]
    if delivery.failed:
        waiting = sum(any(name not in notice.told for name in delivery.failed) for notice in book.due)
        raise AlertNotDelivered(f"not delivered by {', '.join(delivery.failed)}: {waiting} messages wait")
    return taken


def _note_failing(book: AlertBook, settings: Settings, night: date, name: str) -> None:
    """Tell the other routes once that one of them fails; it is seen once a night, however often it is tried."""
    subject = f"route:{name}"
    standing = book.standing(subject)
    if standing and night.isoformat() in standing.nights:
        return
    if book.see(subject, night, ["not delivered"]):
        _add(book, subject, "opened", night, messages.route_failed(name, night, settings))
        book.due[-1].told.append(name)


def _note_working(book: AlertBook, settings: Settings, night: date, name: str) -> None:
    """Tell the other routes once that one which failed has taken a message."""
    subject = f"route:{name}"
    if standing := book.standing(subject):
        book.end(subject, max(night, standing.last_seen))
        _add(book, subject, "resolved", night, messages.route_back(name, night, settings))
        book.due[-1].told.append(name)
