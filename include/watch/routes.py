"""Carries messages to the routes of settings.alert_urls, by apprise, each route apart."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import apprise

from include.settings import Settings
from include.watch.state import Notice


class AlertNotDelivered(RuntimeError):
    """A route did not take a message. The message stays due: whatever is told next brings it to that route too."""


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


@dataclass
class Delivery:
    """What came of a round; a route for which nothing was due is in neither list: nobody knows how it is."""

    took: list[str] = field(default_factory=list)
    """A route's name for each message that it took."""
    failed: list[str] = field(default_factory=list)
    """Routes that did not take one."""


def routes(settings: Settings) -> list[Route]:
    """The routes of the settings, in their order; none when no URL is set."""
    return [Route(url) for url in settings.alert_urls.split()]


def deliver(due: Sequence[Notice], to: Sequence[Route]) -> Delivery:
    """Send each notice, oldest first, to each route that has not got it, and note who took it.

    A route that does not take one is not asked for the next, so that it gets them in order and a dead server costs one
    wait.
    """
    delivery = Delivery()
    for route in to:
        for notice in due:
            if route.name in notice.told:
                continue
            if not _send(notice, route):
                delivery.failed.append(route.name)
                break
            notice.told.append(route.name)
            delivery.took.append(route.name)
    return delivery


def _send(notice: Notice, route: Route) -> bool:
    carrier = apprise.Apprise()
    if not carrier.add(route.url):
        return False
    # apprise logs the reason of a failure at warning level; a URL's password is masked there.
    logging.getLogger("apprise").setLevel(logging.WARNING)
    return bool(
        carrier.notify(
            title=notice.title,
            body=notice.body,
            notify_type=apprise.NotifyType.SUCCESS if notice.kind == "success" else apprise.NotifyType.FAILURE,
            body_format=apprise.NotifyFormat.TEXT,
        )
    )
