"""A night that lies ahead of the clock: most often a date that was mistyped, and what it does cannot be undone.

Retention would take all that lies in the archive for too old; a night that is received would take the inbox, and once
published keep every night before it from readers.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from include.clocks import known_at
from include.home import Home
from include.seeds import national_standard

LIMIT = "night_ahead_max_days"
"""Subject in standards.csv: how long after the clock the cut-off of a night may lie."""


class NightAhead(ValueError):
    """The cut-off of a night lies too long after the clock; nothing was done."""

    def __init__(self, night: date, looked_at: datetime) -> None:
        super().__init__(
            f"{night:%Y-%m-%d} 尚未到来：现在是 {looked_at:%Y-%m-%d %H:%M}（上海时间），而接收、发布与删除都不可撤回；"
            "未接收、发布或删除任何内容。请核对日期，或校准本机时钟 / "
            f"{night:%Y-%m-%d} has not come: it is {looked_at:%Y-%m-%d %H:%M} in Asia/Shanghai, and what is taken in, "
            "published or removed cannot be undone; none of it was done. Mend the date, or set the machine's clock"
        )


def is_ahead(night: date, looked_at: datetime) -> bool:
    """Whether the cut-off of a night lies longer after `looked_at` (Asia/Shanghai, without zone) than may be.

    Raises KeyError when no row of the standards says how long that is.
    """
    limit = national_standard(LIMIT, looked_at.date())
    if limit is None:
        raise KeyError(f"no national standard {LIMIT} in force on {looked_at:%Y-%m-%d}")
    return known_at(night) > looked_at + timedelta(days=int(limit))


def refuse_ahead(night: date, looked_at: datetime) -> None:
    """Raise NightAhead when a night is too far ahead of the clock."""
    if is_ahead(night, looked_at):
        raise NightAhead(night, looked_at)


def refuse_unheard_ahead(home: Home, night: date, looked_at: datetime) -> None:
    """Raise NightAhead when a night is too far ahead of the clock and of the newest night that was received.

    A demonstration plays nights of fixed dates, on a machine whose clock may be behind them: so the first night of a
    home may be any, and those that follow it are measured from the newest.
    """
    nights = sorted(path.parent.name for path in home.lake.glob("attempts/night=*/*.parquet"))
    if nights and is_ahead(night, max(looked_at, known_at(date.fromisoformat(nights[-1].removeprefix("night="))))):
        raise NightAhead(night, looked_at)
