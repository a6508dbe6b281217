"""What a scenario is: one thing that happens to a small country on one night, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from include.demo.rehearsal import TONIGHT
from include.demo.rehearsal.packages import Package
from include.home import Home
from include.settings import Settings

Start = Literal["arrived", "judged", "built"]
"""The state of the night in which it happens: packages lie in the inbox, rows are judged, marts are built."""


@dataclass(frozen=True)
class Ground:
    """A home of its own in which something happens, with the country whose packages arrive."""

    home: Home
    settings: Settings
    country: Path
    night: date = TONIGHT

    def package(self, submitter: str) -> Package:
        """The package that a submitter has sent for tonight."""
        return Package(self.home.inbox / submitter / f"{self.night:%Y-%m-%d}")

    def counties(self) -> list[str]:
        """Counties with a package of tonight, in order."""
        found = self.home.inbox.glob(f"[1-9]*/{self.night:%Y-%m-%d}")
        return sorted(path.parent.name for path in found if not path.parent.name.endswith("0000"))

    def lake_file(self, kind: str, dataset: str | None = None) -> Path:
        """Tonight's one file of a kind of the lake."""
        return self.home.lake_file(kind, self.night, "0-of-1", dataset)


@dataclass(frozen=True)
class Expected:
    """What must come of it. A night that `stops` says so by a gate or a step; all else is published as ever."""

    stops: str = ""
    """gate:<stage> or step:<task>; empty: nothing stops the nation's night."""
    checks: tuple[str, ...] = ()
    """Checks that must fail, blocking or advisory."""
    verdicts: tuple[str, ...] = ()
    """County and breaker rule that must hold it, such as "513422 breaker-incomes-rose"."""
    held: tuple[str, ...] = ()
    """Offices of which rows are held."""
    refused: tuple[str, ...] = ()
    """Offices whose package is refused."""


@dataclass(frozen=True)
class Scenario:
    """One thing that happens. Scenarios with the same `together` happen on one night, each to its own places."""

    name: str
    what: str
    happens: Callable[[Ground], None]
    start: Start = "arrived"
    expected: Expected = field(default_factory=Expected)
    places: tuple[str, ...] = ()
    """Offices it happens to."""
    together: str = ""
    settings: dict[str, object] = field(default_factory=dict)
    until: str = ""
    """The task before which it ends; empty: the night is played to its end."""
    after: str = ""
    """The task after which it happens, when it happens in the middle of the night."""
    before: int = 0
    """Nights that go before tonight, to each of which it happens too, up to the judge."""

    @property
    def nights(self) -> tuple[date, ...]:
        """The nights it takes, tonight the last."""
        return tuple(TONIGHT + timedelta(days=day) for day in range(self.before + 1))
