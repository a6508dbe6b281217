"""What a check of the doctor finds: four answers, in words for the person who has to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be; holds no secret and no personal value."""

    check: str
    """Stable name of what was looked at, such as `key-permissions`."""
    level: Literal["unsafe", "warning"]
    """`unsafe`: people's data or the next night is at risk now. `warning`: a person should know and decide."""
    what: str
    where: str
    why: str
    mend: str

    def __str__(self) -> str:
        return f"{self.level} {self.check}: {self.what}\n  where: {self.where}\n  why: {self.why}\n  mend: {self.mend}"


def unsafe(check: str, what: str, *, where: object, why: str, mend: str) -> Finding:
    """A finding that makes the doctor end with 1."""
    return Finding(check, "unsafe", what, str(where), why, mend)


def warning(check: str, what: str, *, where: object, why: str, mend: str) -> Finding:
    """A finding to decide upon."""
    return Finding(check, "warning", what, str(where), why, mend)
