"""What earlier releases of the open file hid: the memory without which two nights would tell what one does not.

A cell that was hidden stays hidden to the end of its month, so that no two nights of a month hide different
neighbours of the same small cell. In a new month the neighbours of the month before are hidden again where a choice is
open. The memory is the published open file itself: its empty cells.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from include.warehouse.open_table import PERIOD, OpenTable, key_of

Row = Mapping[str, Any]
Release = tuple[str, tuple[Hashable, ...]]
"""The month a figure tells of, and the other columns that separate figures."""


def release_of(table: OpenTable, row: Row, night: date) -> Release:
    """The release that a row belongs to; a figure without a month belongs to that of its night."""
    period = row[PERIOD] if PERIOD in table.slice else night.replace(day=1)
    return str(period), tuple(row[name] for name in table.slice if name not in {PERIOD, "vintage"})


@dataclass
class HiddenBefore:
    """For each release, and in it each guard by its number, the keys of the cells that were hidden."""

    table: OpenTable
    releases: dict[Release, list[set[Hashable]]] = field(default_factory=dict)

    def remember(self, rows: Sequence[Row], night: date) -> None:
        """Add what a published table hides: the cells whose guarded columns are all empty."""
        for row in rows:
            hidden = self._of(release_of(self.table, row, night))
            for number, guard in enumerate(self.table.guards):
                if all(row[column] is None for column in guard.columns):
                    hidden[number].add(key_of(self.table, row))

    def stays(self, release: Release, guard: int) -> set[Hashable]:
        """What must stay hidden: what any earlier night hid of the same month."""
        return set(self._of(release)[guard])

    def again(self, release: Release, guard: int) -> set[Hashable]:
        """What is hidden again where a choice is open: what the newest month before hid."""
        period, rest = release
        earlier = [other for other in self.releases if other[1] == rest and other[0] < period]
        return set(self.releases[max(earlier)][guard]) if earlier else set()

    def _of(self, release: Release) -> list[set[Hashable]]:
        return self.releases.setdefault(release, [set() for _ in self.table.guards])
