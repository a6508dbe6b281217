"""Alerts with a state: told when a trouble opens, when it gets worse and when it is over, and silent in between.

Whatever is told goes through a queue that is kept: a message that a route did not take waits for the next one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Protocol

from include.home import Home
from include.settings import Settings
from include.watch import messages
from include.watch.routes import AlertNotDelivered, Message, deliver, routes
from include.watch.state import AlertBook, Notice, alert_book

__all__ = ["AlertNotDelivered", "notify_gate_failed", "notify_heartbeat", "notify_resolved", "notify_step_failed"]


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

    News is a gate that has been passing, or a check that this alert has not told of. Raises AlertNotDelivered when a
    route did not take a message; it stays due.
    """
    subject, failures = f"gate:{failure.stage}", list(failure.failures)
    with alert_book(home) as book:
        event = book.see(subject, failure.night, [str(messages.of(check, "check_id")) for check in failures])
        if event:
            told = messages.gate_failed(failure.stage, failure.night, failures, settings, event)
            _add(book, subject, event, failure.night, told)
        return _flush(book, settings, failure.night)


def notify_step_failed(home: Home, settings: Settings, step: str, night: date, error_class: str) -> int:
    """Tell that a step died, when that is news; give its class, never its text. Returns and raises as above."""
    subject = f"step:{step}"
    with alert_book(home) as book:
        event = book.see(subject, night, [error_class])
        if event:
            _add(book, subject, event, night, messages.step_failed(step, night, error_class, settings, event))
        return _flush(book, settings, night)


def notify_resolved(home: Home, settings: Settings, subjects: Iterable[str], night: date) -> int:
    """A success of `subjects` ("gate:<stage>", "step:<step>") on `night` ends their open alerts up to that night.

    One message for each alert that is over, none when there was none. Returns and raises as above.
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
        return _flush(book, settings, night)


def notify_heartbeat(home: Home, settings: Settings, night: date, lines: Sequence[str]) -> int:
    """Tell once a night how it went (`lines`) and which alerts stand; again only when that has changed.

    The first line is the message's title. Returns and raises as above.
    """
    with alert_book(home) as book:
        message = messages.heartbeat(night, lines, book.open_alerts(), settings)
        text = hashlib.sha256(f"{message.title}\n{message.body}".encode()).hexdigest()
        if routes(settings) and book.heartbeats.get(night.isoformat()) != text:
            book.heartbeats = {**_recent(book.heartbeats), night.isoformat(): text}
            _add(book, "heartbeat", "heartbeat", night, message)
        return _flush(book, settings, night)


def _recent(heartbeats: dict[str, str], kept: int = 31) -> dict[str, str]:
    return dict(sorted(heartbeats.items())[-kept:])


def _add(book: AlertBook, subject: str, event: str, night: date, message: Message) -> None:
    book.due.append(Notice(subject, event, night.isoformat(), message.title, message.body, message.kind))


def _flush(book: AlertBook, settings: Settings, night: date) -> int:
    """Send what is due; a route that does not take it becomes an alert to those that do."""
    to = routes(settings)
    delivery = deliver(book.due, to)
    for route in to:
        _note_route(book, settings, night, route.name, failed=route.name in delivery.failed)
    taken = delivery.taken + deliver(book.due, [route for route in to if route.name not in delivery.failed]).taken
    names = [route.name for route in to]
    book.due = [notice for notice in book.due if not names or any(name not in notice.told for name in names)]
    if delivery.failed:
        waiting = sum(any(name not in notice.told for name in delivery.failed) for notice in book.due)
        raise AlertNotDelivered(f"not delivered by {', '.join(delivery.failed)}: {waiting} messages wait")
    return taken


def _note_route(book: AlertBook, settings: Settings, night: date, name: str, failed: bool) -> None:
    """Tell the other routes that one of them fails, or works again; they hear each once."""
    subject = f"route:{name}"
    if failed and book.see(subject, night, ["not delivered"]):
        _add(book, subject, "opened", night, messages.route_failed(name, night, settings))
        book.due[-1].told.append(name)
    elif not failed and (standing := book.standing(subject)):
        book.end(subject, max(night, standing.last_seen))
        _add(book, subject, "resolved", night, messages.route_back(name, night, settings))
        book.due[-1].told.append(name)
