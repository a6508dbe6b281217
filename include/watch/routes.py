"""Carries one message to the routes of settings.alert_urls, by apprise, each route apart."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

import apprise

from include.settings import Settings


class AlertNotDelivered(RuntimeError):
    """A route did not take a message. The message stays due: the next run of the task sends it to that route alone."""


@dataclass(frozen=True)
class Message:
    """A title and a plain text: counts, rule and county; no household key and no value."""

    title: str
    body: str
    kind: str = "failure"  # failure or success, as apprise colours them


@dataclass(frozen=True)
class Route:
    """One apprise URL. Its name is a hash, since the URL may hold a password."""

    url: str = field(repr=False)

    @property
    def name(self) -> str:
        """Scheme and short hash: fit for a log and for the state file."""
        scheme = self.url.split(":", 1)[0]
        return f"{scheme}-{hashlib.sha256(self.url.encode()).hexdigest()[:10]}"


def routes(settings: Settings) -> list[Route]:
    """The routes of the settings, in their order; none when no URL is set."""
    return [Route(url) for url in settings.alert_urls.split()]


def deliver(message: Message, to: Iterable[Route], told: list[str]) -> int:
    """Send to each route that is not in `told`, and add to `told` each that took it; returns how many took it now.

    Raises AlertNotDelivered after all routes were tried, naming those that failed.
    """
    delivered, failed = 0, []
    for route in to:
        if route.name in told:
            continue
        if _send(message, route):
            told.append(route.name)
            delivered += 1
        else:
            failed.append(route.name)
    if failed:
        raise AlertNotDelivered(f"not delivered by {', '.join(failed)}: {message.title}")
    return delivered


def _send(message: Message, route: Route) -> bool:
    carrier = apprise.Apprise()
    if not carrier.add(route.url):
        return False
    # apprise logs the reason of a failure at warning level; a URL's password is masked there.
    logging.getLogger("apprise").setLevel(logging.WARNING)
    return bool(
        carrier.notify(
            title=message.title,
            body=message.body,
            notify_type=apprise.NotifyType.SUCCESS if message.kind == "success" else apprise.NotifyType.FAILURE,
            body_format=apprise.NotifyFormat.TEXT,
        )
    )
