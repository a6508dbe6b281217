"""The clocks of a night, computed from the night itself: nothing here reads the machine's clock."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

TIMEZONE = "Asia/Shanghai"
"""Where the night is; every time without zone is of here."""
CUT_OFF = time(22, 0)
"""Local time in Asia/Shanghai at which a night's intake closes."""


def known_at(night: date) -> datetime:
    """The cut-off of a night, Asia/Shanghai, without zone: what the night first used is known from then."""
    return datetime.combine(night, CUT_OFF)


def local_time(seconds: float) -> datetime:
    """A moment in seconds since 1970 (of a file, of a task's start) in Asia/Shanghai, without zone."""
    return datetime.fromtimestamp(seconds, ZoneInfo(TIMEZONE)).replace(tzinfo=None)
