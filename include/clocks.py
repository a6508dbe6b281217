"""The clocks of a night, computed from the night itself: nothing here reads the machine's clock."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

TIMEZONE = "Asia/Shanghai"
"""Where the night is; every time without zone is of here."""
CUT_OFF = time(22, 0)
"""Local time in Asia/Shanghai at which a night's intake closes."""
_DAY_LENGTH = len("2026-11-20")


def known_at(night: date) -> datetime:
    """The cut-off of a night, Asia/Shanghai, without zone: what the night first used is known from then."""
    return datetime.combine(night, CUT_OFF)


def next_reading(night: date) -> datetime:
    """When the inboxes are next read after a night: what is sent again by then is in the next letter."""
    return known_at(night + timedelta(days=1))


def local_time(seconds: float) -> datetime:
    """A moment in seconds since 1970 (of a file, of a task's start) in Asia/Shanghai, without zone."""
    return datetime.fromtimestamp(seconds, ZoneInfo(TIMEZONE)).replace(tzinfo=None)


def as_day(text: str) -> date | None:
    """The day of a text as YYYY-MM-DD; None when it is none. Python's own reader also takes 20161120 and weeks."""
    try:
        # A day has no time zone.
        return datetime.strptime(text, "%Y-%m-%d").date() if len(text) == _DAY_LENGTH else None  # noqa: DTZ007
    except ValueError:
        return None
