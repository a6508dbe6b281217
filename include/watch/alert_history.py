"""Hands the alerts over to the quality layer: lake/alert_history, one row for each alert as it stood before a night.

A night's own alerts are told when its quality is published or later. So a night takes what earlier nights told, whoever
asks and when: the same night run again gives the same rows, until retention forgets alerts that are long over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date

from include.duck import connect, insert_rows
from include.files import write_parquet
from include.home import Home
from include.settings import Settings
from include.warehouse.sources import LEDGER
from include.watch.state import Alert, Event, read_alerts

KIND = "alert_history"
ROUTE = "now"
"""The way of every alert by routing.csv; what goes to the digest or to the board alone opens none."""


@dataclass(frozen=True)
class AlertRow:
    """An alert as it stood before a night; the fields are the columns of lake/alert_history, in order."""

    night: date
    kind: str
    subject: str
    opened_night: date
    number: int
    signs: str
    worst: int
    severity: str
    route: str
    state: str
    last_seen_night: date
    last_told_night: date | None
    resolved_night: date | None
    seen: int
    sent: int
    silent: int
    end_told: bool
    acted_on: bool | None


def alerts_before(alerts: Sequence[Alert], night: date) -> list[AlertRow]:
    """The alerts that opened before a night, as they stood before it, the oldest first."""
    rows: list[AlertRow] = []
    for alert in alerts:
        events = [event for event in alert.history if event.night < night.isoformat()]
        if events and events[0].event == "opened":
            opened = date.fromisoformat(events[0].night)
            same = sum((f"{row.kind}:{row.subject}", row.opened_night) == (alert.subject, opened) for row in rows)
            rows.append(_row(alert.subject, night, same + 1, events))
    return sorted(rows, key=lambda row: (row.opened_night, row.kind, row.subject, row.number))


def write_alerts(home: Home, settings: Settings, night: date) -> int:
    """Write lake/alert_history of a night; returns the number of alerts."""
    rows = alerts_before(read_alerts(home).alerts, night)
    names = [field.name for field in fields(AlertRow)]
    with connect(settings) as connection:
        columns = ", ".join(f"{name} {type_}" for name, type_ in LEDGER[KIND][1].items())
        connection.execute(f"create temp table alert_history ({columns})")
        insert_rows(connection, KIND, [[getattr(row, name) for name in names] for row in rows])
        path = home.lake_file(KIND, night, "all")
        return write_parquet(connection, f"select * from {KIND} order by opened_night, kind, subject, number", path)


def _row(subject: str, night: date, number: int, events: Sequence[Event]) -> AlertRow:
    kind, _, name = subject.partition(":")
    seen = [event for event in events if event.event != "resolved"]
    ended = [event for event in events if event.event == "resolved"]
    told = list(_nights(event for event in events if event.told))
    signs = sorted({sign for event in seen for sign in event.signs})
    last_seen = max(_nights(seen))
    resolved = max(_nights(ended), default=None)
    return AlertRow(
        night=night,
        kind=kind,
        subject=name,
        opened_night=date.fromisoformat(events[0].night),
        number=number,
        signs=", ".join(signs),
        worst=len(signs),
        severity="critical" if any(event.severity == "critical" for event in seen) else "warning",
        route=ROUTE,
        state="resolved" if ended else "open",
        last_seen_night=last_seen,
        last_told_night=max(told, default=None),
        resolved_night=resolved,
        seen=len(seen),
        sent=len(told),
        silent=sum(not event.told for event in seen),
        end_told=any(event.told for event in ended),
        acted_on=None if resolved is None else resolved == last_seen,
    )


def _nights(events: Iterator[Event] | Sequence[Event]) -> Iterator[date]:
    return (date.fromisoformat(event.night) for event in events)
