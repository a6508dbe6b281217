"""The clocks of a night, computed from the night itself: nothing here reads the machine's clock."""

from __future__ import annotations

from datetime import date, datetime, time

TIMEZONE = "Asia/Shanghai"
"""Of the schedule and of every clock of a night."""
CUT_OFF = time(22, 0)
"""Local time in Asia/Shanghai at which a night's intake closes."""


def known_at(night: date) -> datetime:
    """The cut-off of a night, Asia/Shanghai, without zone: what the night first used is known from then."""
    return datetime.combine(night, CUT_OFF)
