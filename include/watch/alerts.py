"""Alerts with a memory: one when a gate or step fails on a night, none when a rerun fails too, one when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

from include.home import Home
from include.settings import Settings
from include.watch import messages
from include.watch.routes import AlertNotDelivered, Message, deliver, routes
from include.watch.state import alert_book

__all__ = ["AlertNotDelivered", "notify_gate_failed", "notify_gate_passed", "notify_resolved", "notify_step_failed"]


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
    """Tell each route once that a gate failed on a night; returns how many routes were told now.

    Raises AlertNotDelivered when a route does not take it; a rerun of the failed task then tries that route alone.
    """
    message = messages.gate_failed(failure.stage, failure.night, list(failure.failures), settings)
    return _tell_open(home, settings, f"gate:{failure.stage}", failure.night, message)


def notify_step_failed(
    home: Home, settings: Settings, step: str, night: date, error_class: str, no_space: str = ""
) -> int:
    """Tell each route once that a step of a night died; give its class, never its text. Returns and raises as above.

    `no_space` says in figures that the disk was too small, when that was the cause.
    """
    message = messages.step_failed(step, night, error_class, settings, no_space)
    return _tell_open(home, settings, f"step:{step}", night, message)


def notify_resolved(home: Home, settings: Settings, subject: str, night: date) -> int:
    """A success of `subject` ("gate:<stage>", "step:<step>") on `night` ends its open alerts up to that night.

    Sends one message when there were any, and none otherwise; returns how many routes were told now. Raises
    AlertNotDelivered when a route does not take it: the alert stays open, and the next success tells that route.
    """
    with alert_book(home) as book:
        ended = book.ended_by(subject, night)
        if not ended:
            return 0
        told = [r.name for r in routes(settings) if all(r.name in alert.told_resolved for alert in ended)]
        try:
            count = deliver(
                messages.resolved(subject, [a.date for a in ended], night, settings), routes(settings), told
            )
            for alert in ended:
                alert.state = "resolved"
        finally:
            for alert in ended:
                alert.told_resolved = sorted({*alert.told_resolved, *told})
        return count


def notify_gate_passed(home: Home, settings: Settings, stage: str, night: date) -> int:
    """Short for notify_resolved of a gate."""
    return notify_resolved(home, settings, f"gate:{stage}", night)


def _tell_open(home: Home, settings: Settings, subject: str, night: date, message: Message) -> int:
    with alert_book(home) as book:
        return deliver(message, routes(settings), book.open(subject, night).told_open)
