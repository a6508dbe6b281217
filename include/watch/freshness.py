"""Whether readers have last night's marts: the plain question that is asked each morning, whatever the night did.

A night that failed tells so itself. This finds the night that never began, hangs, or ended without a word.
"""

from __future__ import annotations

from datetime import date, timedelta

from include.home import Home
from include.result import Result
from include.warehouse.versions import current

SUBJECT = "freshness:marts"
"""What the alert about it is filed under."""


class MartsNotFresh(RuntimeError):
    """Readers have the marts of an older night than the last one (`served` is None: they have none)."""

    def __init__(self, due: date, served: date | None) -> None:
        self.due, self.served = due, served
        had = f"those of {served:%Y-%m-%d}" if served else "none"
        super().__init__(
            f"the marts of the night {due:%Y-%m-%d} are not published: readers have {had}. "
            "See docs/runbooks/not-published.md"
        )


def check_freshness(home: Home, day: date) -> Result:
    """Compare the published marts with the night that ended on the morning of `day`; raises MartsNotFresh.

    A home in which no night was ever received owes nobody anything.
    """
    due = day - timedelta(days=1)
    served = current(home, "marts")
    if served is None and not any(home.lake.glob("attempts/night=*")):
        return Result("freshness", day, notes=("no night was received here yet",))
    if served is None or served.night < due:
        raise MartsNotFresh(due, served.night if served else None)
    return Result("freshness", day, notes=(f"published: {served.file_name}",))
