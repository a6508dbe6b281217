"""What each submitter sends on each night: whole states, changes, or word that nothing changed."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

import numpy as np

from include.country.movement import changed_since, told
from include.country.state import State
from include.country.tables import NULL, Mask, Table, length, take

_QUIET_COUNTY = 3
_OF_HOUSEHOLD = ("measures", "assignments", "visits", "decisions", "applications", "grievances")


@dataclass
class Reporting:
    """A submitter's way of reporting and how far the centre has taken it."""

    position: int
    changes: bool
    """Sends changes on nights after the first."""
    quiet_night: int | None = None
    """The night on which nothing changed here and only a manifest is sent."""
    taken: int = -1
    """The last night whose package was taken; -1 before the first."""
    resend: set[int] = field(default_factory=set)
    """Households held so far, which go out again whole."""

    def kind(self, night: int) -> str:
        """full or changes."""
        return "changes" if self.changes and night > 0 and self.taken >= 0 else "full"


def reporting_of(position: int, counties: int, nights: int) -> Reporting:
    """Every fourth county sends changes; of three nights or more, one county has one without any change."""
    quiet = 2 if nights >= 3 and counties >= 2 and position == min(_QUIET_COUNTY, counties - 1) else None
    return Reporting(position, changes=position % 4 == 1, quiet_night=quiet)


def _gone(state: State, since: int) -> Set[int]:
    """Households closed on a night that the centre has already taken."""
    h = state.tables["households"]
    return set(h["household_id"][(h["_closed"] != NULL) & (h["_closed"] <= since)].tolist())


def _without(table: Table, mask: Mask, gone: Set[int]) -> Mask:
    if not gone:
        return mask
    return mask & ~np.isin(table["household_id"], np.fromiter(gone, dtype=np.int64))


def county_tables(state: State, reporting: Reporting, night: int) -> Mapping[str, Table]:
    """A county's package: its whole state with the newest closes, or the rows that changed since the last one taken."""
    gone = _gone(state, reporting.taken)
    again = np.array(sorted(reporting.resend), dtype=np.int64)
    sent: dict[str, Table] = {}
    for dataset, table in state.tables.items():
        mask = told(table, reporting.taken)
        if dataset in _OF_HOUSEHOLD:
            mask = _without(table, mask, gone)
        if reporting.kind(night) == "changes":
            new = changed_since(table, reporting.taken)
            if len(again) and "household_id" in table:
                new = new | np.isin(table["household_id"], again)
            mask &= new
        rows = take(table, mask)
        if length(rows):
            sent[dataset] = rows
    return sent


def office_tables(tables: Mapping[str, Table]) -> Mapping[str, Table]:
    """All rows of another submitter's tables that has any."""
    return {name: table for name, table in tables.items() if length(table)}
