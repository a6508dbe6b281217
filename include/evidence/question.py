"""What is asked: whose outcome, measured when, compared within which strata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Question:
    """Columns of a table with one row per unit (or, with `period`, per unit observed once, before or after)."""

    treated: str
    """1 or true: the unit had the measure; 0 or false: it did not."""
    after: str
    """The outcome after the measure; with `period`, the outcome of every row."""
    before: str | None = None
    """The outcome of the same unit before the measure: what is compared is then the change."""
    earlier: str | None = None
    """The outcome of the same unit still earlier: from here to `before` nothing may differ (the pre-trend)."""
    period: str | None = None
    """1: the row was observed after, 0: before; the units of the two periods are not the same."""
    strata: tuple[str, ...] = ()
    """Columns within whose values alone units are compared."""
    bands: Mapping[str, int] = field(default_factory=dict)
    """Columns cut into so many bands at the quantiles of the treated; units beyond their range are not compared."""
    balance: tuple[str, ...] = ()
    """Numbers known before the measure in which both sides must be alike."""
    cluster: str | None = None
    """Units of one value are not independent of each other, such as a village."""
    cost: str | None = None
    """What the measure cost for the unit."""
    by_lot: bool = False
    """The measure was given by lot, as whoever asks knows; the data cannot tell."""

    def __post_init__(self) -> None:
        """Raise ValueError for what contradicts itself."""
        if self.period and (self.before or self.earlier):
            raise ValueError("with a period each unit is observed once: there is no column before or earlier")
        if self.earlier and not self.before:
            raise ValueError("an earlier outcome needs the one before the measure: what is tested is that they agree")
        if self.earlier and self.earlier in (*self.strata, *self.bands):
            raise ValueError("who is compared within the earlier outcome cannot test it: leave it out of the one")

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is asked for, once."""
        single = (self.treated, self.after, self.before, self.earlier, self.period, self.cluster, self.cost)
        named = [name for name in single if name]
        return tuple(dict.fromkeys([*named, *self.strata, *self.bands, *self.balance]))
