"""Decisions of a named person about what a night found: one small file of the lake for each, written once.

A decision counts from the first night after it (`first_night`), and stays. It says who, when and why, and never a value
of a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from include.files import write_parquet
from include.home import Home
from include.intake.long_numbers import HOLDS_RESIDENT, for_python

_HOLDS_RESIDENT = for_python(HOLDS_RESIDENT)
_MOST = 500
"""Letters in a name or a reason."""


class DecisionRefused(ValueError):
    """A decision that cannot be recorded as it was given; the message says why and how to mend it."""


def spoken(name: str, text: str | None) -> str:
    """A name or reason as it is recorded, one line; raises DecisionRefused when it is empty, long or tells a number."""
    line = " ".join((text or "").split())
    if not line:
        raise DecisionRefused(f"the {name} is empty: nothing is decided without it; give it and decide again")
    if len(line) > _MOST:
        raise DecisionRefused(f"the {name} has {len(line)} letters: {_MOST} are room enough; refer to a file number")
    if _HOLDS_RESIDENT.search(line):
        raise DecisionRefused(f"the {name} holds a resident number: decisions hold none; write it without")
    return line


def first_night(home: Home) -> date:
    """The first night that has not begun: the one after the newest of the ledger. Raises DecisionRefused."""
    nights = [path.name.removeprefix("night=") for path in home.lake.glob("attempts/night=*")]
    if not nights:
        raise DecisionRefused(f"{home.lake} holds no night yet, so there is nothing to decide: check TARGETED_HOME")
    return date.fromisoformat(max(nights)) + timedelta(days=1)


def files(home: Home, kind: str, up_to: date | None = None) -> list[str]:
    """The decisions of a kind that count on a night, or without a night all of them."""
    found = home.lake.glob(f"{kind}/night=*/*.parquet")
    return sorted(str(path) for path in found if up_to is None or path.parent.name <= f"night={up_to:%Y-%m-%d}")


def earlier(home: Home, kind: str, subject: str) -> Path | None:
    """The file of the decision that was made about a subject."""
    return next(iter(sorted(home.lake.glob(f"{kind}/night=*/{subject}.parquet"))), None)


def write(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    kind: str,
    night: date,
    subject: str,
    values: Mapping[str, tuple[str, object]],
) -> None:
    """Write a decision of one row: `values` is type and value by column. On disk when this returns."""
    columns = ", ".join(f'cast(${name} as {type_}) as "{name}"' for name, (type_, _) in values.items())
    rows = {name: value for name, (_, value) in values.items()}
    connection.execute(f"create or replace temp table decision as select {columns}", rows)
    write_parquet(connection, "select * from decision", home.lake_file(kind, night, subject))


def signed(night: date, by: str, decided_at: datetime, reason: str) -> dict[str, tuple[str, object]]:
    """The columns that every decision has."""
    return {
        "night": ("date", night),
        "decided_by": ("varchar", by),
        "decided_at": ("timestamp", decided_at),
        "reason": ("varchar", reason),
    }
