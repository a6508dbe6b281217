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


RUNBOOK = "docs/runbooks/not-published.md"


class MartsNotFresh(RuntimeError):
    """Readers have the marts of another night than the last one (`served` is None: they have none).

    Either an older one, or one that has not come: then no night until that one is published.
    """

    def __init__(self, due: date, served: date | None) -> None:
        self.due, self.served = due, served
        had = f"those of {served:%Y-%m-%d}" if served else "none"
        why = f"; {AHEAD}" if has_not_come(due, served) else ""
        super().__init__(
            f"the marts of the night {due:%Y-%m-%d} are not published: readers have {had}{why}. See {RUNBOOK}"
        )


AHEAD = "已发布之夜尚未到来，在它之前的各夜都不会发布 the published night has not come, and none before it is published"
"""What a night does that was published too early."""


def has_not_come(due: date, served: date | None) -> bool:
    """Whether the published night lies after the day on which the night `due` ended: that day's own may be begun."""
    return served is not None and served > due + timedelta(days=1)


def check_freshness(home: Home, day: date) -> Result:
    """Compare the published marts with the night that ended on the morning of `day`; raises MartsNotFresh.

    A home in which no night was ever received owes nobody anything.
    """
    due = day - timedelta(days=1)
    served = current(home, "marts")
    if served is None and not any(home.lake.glob("attempts/night=*")):
        return Result("freshness", day, notes=("no night was received here yet",))
    if served is None or served.night < due or has_not_come(due, served.night):
        raise MartsNotFresh(due, served.night if served else None)
    return Result("freshness", day, notes=(f"published: {served.file_name}",))


def answered(home: Home, night: date) -> tuple[str, ...]:
    """The subject of the alert, when readers have the marts of this very night: only then is the alert over.

    A run that publishes nothing, because a newer night is published, succeeds as well.
    """
    served = current(home, "marts")
    return (SUBJECT,) if served and served.night == night else ()
