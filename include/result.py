"""What a step of the night returns: counts to show in a log and to pass on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Result:
    """Counts of one step; holds no personal value, so that it may be logged and passed between tasks."""

    step: str
    night: date
    batch: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"{self.night:%Y-%m-%d}" + (f" batch {self.batch}" if self.batch else "")
        counts = ", ".join(f"{name} {count:,}" for name, count in self.counts.items())
        return "\n".join([f"{self.step} {where}: {counts}", *(f"  {note}" for note in self.notes)])
