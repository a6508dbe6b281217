"""The dated rules of what is kept for how long: rows of dbt_project/seeds/retention.csv."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

NATION = "CN"
UNITS = ("days", "versions")


class RetentionRulesBroken(ValueError):
    """The table of rules cannot be used; nothing is removed by it."""


@dataclass(frozen=True)
class RetentionRule:
    """One row: for how long one kind of file is kept in one jurisdiction."""

    rule_id: str
    what: str
    jurisdiction: str
    """Place code, or CN."""
    valid_from: date
    valid_to: date
    keep: int | None
    """Days since the file's night, or newest versions; None: kept as long as the registry."""
    unit: str

    def in_force(self, night: date) -> bool:
        """Whether the rule holds on a night."""
        return self.valid_from <= night <= self.valid_to


def read_rules(path: Path) -> list[RetentionRule]:
    """All rules of a table; raises RetentionRulesBroken with the row when one cannot be read."""
    rules = []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                rules.append(_rule(row))
            except (KeyError, ValueError) as error:
                raise RetentionRulesBroken(
                    f"{path} line {number}: {error}; mend the row, nothing was removed"
                ) from error
    return rules


def _rule(row: dict[str, str]) -> RetentionRule:
    keep = int(row["keep"]) if row["keep"] else None
    if row["unit"] not in UNITS or (keep is not None and keep < 0):
        raise ValueError(f"keep {row['keep']!r} {row['unit']!r} is no number of {' or '.join(UNITS)}")
    return RetentionRule(
        row["rule_id"],
        row["what"],
        row["jurisdiction"],
        date.fromisoformat(row["valid_from"]) if row["valid_from"] else date.min,
        date.fromisoformat(row["valid_to"]) if row["valid_to"] else date.max,
        keep,
        row["unit"],
    )


def rule_of(rules: Iterable[RetentionRule], what: str, night: date, place: str | None = None) -> RetentionRule | None:
    """The rule in force for a kind: of the longest jurisdiction that a submitter's code begins with, CN last.

    Without a place (files that offices share) the rule that keeps longest. None: no rule, nothing is removed.
    """
    mine = [rule for rule in rules if rule.what == what and rule.in_force(night)]
    if place is None:
        return max(mine, key=lambda rule: (rule.keep is None, rule.keep or 0), default=None)
    fitting = [rule for rule in mine if rule.jurisdiction == NATION or place.startswith(rule.jurisdiction)]
    return max(fitting, key=lambda rule: len(rule.jurisdiction) * (rule.jurisdiction != NATION), default=None)
