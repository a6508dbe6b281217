"""The doctor on the machine: alert routes, time, and the versions of what reads and writes our files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from include.clocks import TIMEZONE
from include.home import Home
from include.settings import Settings
from include.upkeep.backup import ledger_paths, newest_night
from include.upkeep.doctor.finding import Finding, unsafe, warning

LOCK = Path(__file__).absolute().parents[3] / "requirements.lock"
LOCKED = ("apache-airflow", "dbt-core", "dbt-duckdb", "duckdb", "great-expectations")
"""What decides how files are written and judged."""
_PIN = re.compile(r"^([a-z0-9-]+)(?:\[[^\]]*\])?==([^\s\\;]+)", re.MULTILINE)


def alert_routes(settings: Settings) -> list[Finding]:
    """No route for alerts: a failed night would be silent."""
    if settings.alert_urls.split():
        return []
    return [
        warning(
            "alert-routes",
            "alerts go nowhere",
            where="TARGETED_ALERT_URLS",
            why="a gate that stops a night, or a step that fails, is told to nobody",
            mend="set it to one or more apprise URLs, such as mailtos://user:password@mail.example.org?to=lead@example.org",
        )
    ]


def time_zone() -> list[Finding]:
    """Time zone data, without which no night begins."""
    try:
        ZoneInfo(TIMEZONE)
    except ZoneInfoNotFoundError:
        return [
            unsafe(
                "time-zone",
                f"no data of the time zone {TIMEZONE}",
                where="the system's zoneinfo",
                why="the schedule and the clocks of a night are in that zone",
                mend="install the system's package tzdata",
            )
        ]
    return []


def clock(home: Home, now: datetime) -> list[Finding]:
    """A machine's clock that is before the newest night that was received."""
    newest = newest_night(ledger_paths(home))
    if not newest or date.fromisoformat(newest) <= (now + timedelta(days=1)).date():
        return []
    return [
        warning(
            "clock",
            f"it says {now:%Y-%m-%d}, and the night {newest} is received already",
            where="the machine's clock",
            why="nights that are closed take in nothing, and none before the published one is published",
            mend="set the clock by NTP; was a night ahead run, docs/runbooks/not-published.md; of a demo nothing",
        )
    ]


def installed() -> dict[str, str]:
    """Versions of the locked packages that are installed here."""
    found = {}
    for name in LOCKED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def versions(lock: Path, found: Mapping[str, str]) -> list[Finding]:
    """Packages that are not of the version in the lock file; no lock beside the code, no finding."""
    if not lock.exists():
        return []
    pins = dict(_PIN.findall(lock.read_text(encoding="utf-8")))
    return [
        unsafe(
            "versions",
            f"{name} is {found.get(name, 'not installed')}, the lock says {pins[name]}",
            where=lock,
            why="another version may write files that readers cannot open, or judge otherwise than was tested",
            mend="make setup",
        )
        for name in LOCKED
        if name in pins and found.get(name) != pins[name]
    ]
