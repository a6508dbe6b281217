"""What a check of a package found, as plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from include.letters.facts import DatasetLine
from include.rules import Rule
from include.rules.model import Beyond

CLEAN, FINDINGS, UNREADABLE = 0, 1, 2
"""Exit codes of `targeted check`."""


@dataclass(frozen=True)
class Finding:
    """One place to mend, with the id that the centre's letter gives it. No value: the clerk has the file."""

    finding_id: str
    rule: str
    severity: str
    trial: bool
    dataset: str | None
    file: str | None
    row: int | None
    column: str | None
    household: str | None
    """The county's own household number."""
    value_class: str
    detail: str | None
    """Counts, and words of the contract."""


@dataclass(frozen=True)
class Group:
    """All findings of one rule in one dataset."""

    rule: Rule
    severity: str
    dataset: str | None
    findings: tuple[Finding, ...]

    @property
    def households(self) -> int:
        """How many households they are about."""
        return len({finding.household for finding in self.findings if finding.household})


@dataclass(frozen=True)
class Rules:
    """Which rules could judge a package by itself."""

    run: tuple[Rule, ...]
    reserved: tuple[Rule, ...]
    """Of those run: the centre may find otherwise where a member was deleted by a decision, of which it alone knows."""
    not_run: Mapping[frozenset[Beyond], tuple[Rule, ...]]
    """By what they look at outside of the package; of the datasets that the package brings."""


@dataclass(frozen=True)
class Checked:
    """What the centre would say of a package, were it sent tonight."""

    package: str
    submitter: str
    night: date
    number: int
    kind: str | None
    as_of: date | None
    nothing_due: bool
    refusal: str | None
    """Rule that refuses the package whole."""
    datasets: tuple[DatasetLine, ...]
    findings: tuple[Finding, ...]
    """The heaviest first."""
    rules: Rules

    @property
    def totals(self) -> DatasetLine:
        """The sum over the datasets."""
        counts = ("layout", "received", "accepted", "held", "rejected")
        return DatasetLine("", *(sum(getattr(line, name) for line in self.datasets) for name in counts))

    @property
    def stopping(self) -> tuple[Finding, ...]:
        """The findings that hold a household or refuse a file or a row."""
        return tuple(f for f in self.findings if f.severity in {"reject", "must_fix"} and not f.trial)

    @property
    def exit_code(self) -> int:
        """CLEAN, FINDINGS or UNREADABLE."""
        if self.refusal:
            return UNREADABLE
        return FINDINGS if self.stopping or self.totals.held or self.totals.rejected else CLEAN

    def groups(self, catalogue: Mapping[str, Rule]) -> tuple[Group, ...]:
        """The findings by rule and dataset, the heaviest rules first, then those of most findings."""
        by_rule = groupby(self.findings, key=lambda f: (f.severity, f.rule, f.dataset))
        groups = [Group(catalogue[rule], severity, dataset, tuple(of)) for (severity, rule, dataset), of in by_rule]
        order = list(dict.fromkeys(group.severity for group in groups))
        return tuple(sorted(groups, key=lambda g: (order.index(g.severity), -len(g.findings), g.rule.id)))
