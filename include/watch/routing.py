"""Which way a failed check goes: told now, in the morning's digest, or on the board alone; and when it is quiet.

The routes are dated rows of routing.csv: of a severity, or of one check, which then counts before its severity.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Literal, get_args

Way = Literal["now", "digest", "board"]
ROUTING = Path(__file__).with_name("routing.csv")


class RoutingUnreadable(ValueError):
    """A row of routing.csv, or the quiet hours of the settings, say something that is not known."""


@dataclass(frozen=True)
class _Row:
    what: str
    way: Way
    first: date
    last: date


def way_of(check_id: str, severity: str, night: date) -> Way:
    """The way of a failed check on a night; what no row names is told now. Raises RoutingUnreadable."""
    rows = [row for row in _rows() if row.first <= night <= row.last]
    for what in (check_id, severity):
        found = [row for row in rows if row.what == what]
        if found:
            return max(found, key=lambda row: row.first).way
    return "now"


@cache
def _rows(path: Path = ROUTING) -> tuple[_Row, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_row(path, line, row) for line, row in enumerate(csv.DictReader(file), start=2))


def _row(path: Path, line: int, row: dict[str, str]) -> _Row:
    if row["route"] not in get_args(Way) or not row["reason"].strip():
        raise RoutingUnreadable(f"{path.name} line {line}: route is now, digest or board, and a row has a reason")
    first, last = row["valid_from"] or "0001-01-01", row["valid_to"] or "9999-12-31"
    # The ignore: that the route is one of Way was asked above.
    return _Row(row["what"], row["route"], date.fromisoformat(first), date.fromisoformat(last))  # type: ignore[arg-type]


def is_quiet(hours: str, at: datetime | None) -> bool:
    """Whether a moment (Asia/Shanghai) lies in quiet hours such as "22:00-07:00"; never without hours or a moment.

    Raises RoutingUnreadable when the hours are not two times of a day.
    """
    if not hours or at is None:
        return False
    try:
        begin, end = (time.fromisoformat(text.strip()) for text in hours.split("-"))
    except ValueError:
        raise RoutingUnreadable(
            f"TARGETED_ALERT_QUIET_HOURS is {hours!r}: give two times of the day, such as 22:00-07:00"
        ) from None
    now = at.time()
    return begin <= now < end if begin <= end else now >= begin or now < end
