"""The night in sentences: how much of the nation it shows, what changed since the night before, where to look first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from include.contract.words import Label
from include.watch.board_facts import Row, Tonight, is_reported
from include.watch.pages.office_facts import Offices
from include.watch.pages.places import counties_in_force
from include.watch.state import Alert


@dataclass(frozen=True)
class Coverage:
    """How many counties reported of those that have an inbox here, and of those that the nation has."""

    reported: int
    accounts: int
    nation: int
    minimum: float  # share of the nation's counties that makes a national picture

    @property
    def national(self) -> bool:
        """Whether the figures may be read as the nation's."""
        return self.reported >= self.minimum * self.nation


@dataclass(frozen=True)
class Headline:
    """What the night comes down to for its counties, in one sentence, and its tone: good, warn or bad."""

    tone: str
    words: Label


@dataclass(frozen=True)
class Changes:
    """What is not as it was the night before: offices by code, rows and findings as counts."""

    since: date
    silent: tuple[str, ...]  # reported then, not tonight
    back: tuple[str, ...]
    held_before: int
    held: int
    findings_before: int
    findings: int


def coverage(tonight: Tonight, night: date, minimum: float) -> Coverage:
    """Counties alone: provinces, assessors and registers are no part of a national picture."""
    counties = [office for office in tonight.offices if office["kind"] == "county"]
    return Coverage(sum(map(is_reported, counties)), len(counties), counties_in_force(night), minimum)


def headline(offices: Sequence[Row]) -> Headline | None:
    """What became of the counties among these offices, the worst first; None where no county reports."""
    counties = [office for office in offices if office["kind"] == "county"]
    if not counties:
        return None
    lost = [office for office in counties if not is_reported(office)]
    holding = [office for office in counties if office["held_households"]]
    zh, en = [], []
    if lost:
        zh.append(f"{len(counties):,} 个县中 {len(lost):,} 个县的报送当夜未能接收")
        en.append(f"Nothing was taken of {len(lost):,} of {_many_counties(len(counties))}")
    else:
        zh.append(f"{len(counties):,} 个县的报送均有接收")
        en.append(f"Reports of all {_many_counties(len(counties))} were taken")
    if holding:
        households = sum(office["held_households"] for office in holding)
        zh.append(f"{len(holding):,} 个县有 {households:,} 户暂缓，待修正")
        en.append(
            f"{_many(households, 'household')} of {_many_counties(len(holding))} "
            f"{'is' if households == 1 else 'are'} held until mended"
        )
    return Headline("bad" if lost else "warn" if holding else "good", Label("；".join(zh) + "。", "; ".join(en) + "."))


def changes(offices: Offices) -> Changes | None:
    """Against the night before; None on a first night."""
    if offices.previous is None:
        return None
    then = {code: row for code, rows in offices.history.items() for row in rows if row["night"] == offices.previous}
    now = {code: row for code, rows in offices.history.items() for row in rows if row["night"] == offices.nights[-1]}
    both = sorted(then.keys() & now.keys())
    return Changes(
        offices.previous,
        tuple(code for code in both if is_reported(then[code]) and not is_reported(now[code])),
        tuple(code for code in both if not is_reported(then[code]) and is_reported(now[code])),
        sum(row["held"] for row in then.values()),
        sum(row["held"] for row in now.values()),
        sum(row["findings"] for row in then.values()),
        sum(row["findings"] for row in now.values()),
    )


def standing_alerts(alerts: Sequence[Alert], tonight: Tonight | None) -> tuple[Alert, ...]:
    """Open alerts, without those of gates that let this night through: their end is told after the board is written."""
    passed = {f"gate:{gate['stage']}" for gate in tonight.gates if not gate["failed"]} if tonight else set()
    return tuple(alert for alert in alerts if alert.subject not in passed)


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun if count == 1 else noun + 's'}"


def _many_counties(count: int) -> str:
    return f"{count:,} {'county' if count == 1 else 'counties'}"


def by_urgency(offices: Sequence[Row]) -> list[Row]:
    """Offices with the one that needs somebody most first."""
    return sorted(offices, key=_urgency)


def is_waiting(office: Row) -> bool:
    """Whether somebody should look.

    Nothing came whole, a package could not be taken or was taken back, or rows or households are held.
    """
    beside = office["later_state"] or office["withdrawn"]
    return bool(beside) or office["state"] in _ORDER[:6] or office["held_households"] > 0


_ORDER = (
    "rejected", "refused", "missing", "waiting", "held", "partly_accepted", "accepted_with_queries", "accepted",
    "nothing_due",
)  # fmt: skip


def _urgency(office: Row) -> tuple[bool, int, int, str]:
    place = _ORDER.index(office["state"]) if office["state"] in _ORDER else len(_ORDER)
    return (not office["overdue"] and is_reported(office), place, -office["held_households"], office["submitter"])
