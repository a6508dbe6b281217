"""What a rule of the catalogue is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Severity = Literal["reject", "must_fix", "explain", "advice"]
Kind = Literal["row", "household", "file", "package", "county", "generated"]
Over = Literal["rows", "village_incomes", "vanished_households", "county"]
Holds = Literal["removals", "incomes"]
Beyond = Literal["history", "offices", "deletions"]
"""What lies outside a package: what was accepted or sent before, what other offices send, who was deleted by a
decision."""

ALL_DATASETS = "*"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
ValueClass = Literal[
    "missing",
    "not_a_number",
    "not_a_date",
    "unknown_code",
    "out_of_range",
    "inconsistent",
    "duplicate",
    "destroyed",
    "forbidden",
    "unreadable",
]


class Rule(BaseModel):
    """One check: what breaks it, how heavy that is, and what is said to the people who mend it.

    `sql` is a predicate, TRUE when the rule is broken, over the context of its dataset (include.rules.contexts). Rules
    of the door (kinds file and package) and generated rules have none. A county rule has `measured` and `threshold`
    instead: it is broken when measured > threshold, and both stand in its verdict.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: RuleId
    version: int = Field(ge=1)
    severity: Severity
    severity_if_required: Severity | None = None
    """Of a generated rule: the severity in a required column, where the row cannot be taken without the value."""
    dataset: str | tuple[str, ...] | None = None
    columns: tuple[str, ...] = ()
    """The first one is the finding's column; with each_column every one has its own finding."""
    each_column: bool = False
    kind: Kind
    over: Over = "rows"
    trial: bool = False
    """On trial: its findings are shown and counted, and hold nothing."""
    value_class: ValueClass
    title_zh: Text
    title_en: Text
    mend_zh: Text
    mend_en: Text
    why: Text
    source: Text
    sql: str | None = None
    detail: str | None = None
    """SQL of a short text for the finding: counts and thresholds, never a value of a personal column."""
    measured: str | None = None
    threshold: str | None = None
    holds: Holds = "removals"
    """Of a county rule: what waits when it is broken; with incomes, a higher income of a known household waits too."""
    beyond: Beyond | None = None
    """Of a rule of the door: what outside the package it looks at. A rule with SQL says so itself
    (include.intake.needs)."""

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets it is about; ("*",) for all of them, () for a rule about packages."""
        if self.dataset is None:
            return ()
        return (self.dataset,) if isinstance(self.dataset, str) else self.dataset

    @property
    def is_breaker(self) -> bool:
        """True for a rule that measures a county's whole attempt and leaves a verdict."""
        return self.measured is not None

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        if (self.measured is None) != (self.threshold is None):
            raise ValueError(f"{self.id}: measured and threshold come together")
        if self.sql and self.measured:
            raise ValueError(f"{self.id}: a rule has either sql or measured and threshold")
        if self.sql and self.kind in {"file", "package", "generated"}:
            raise ValueError(f"{self.id}: rules of kind {self.kind} have no sql")
        if (self.sql or self.measured) and not self.datasets:
            raise ValueError(f"{self.id}: a rule with sql names its dataset")
        if self.beyond and (self.sql or self.measured):
            raise ValueError(f"{self.id}: what a rule with sql looks at is read from its sql")
        if self.holds != "removals" and not self.is_breaker:
            raise ValueError(f"{self.id}: holds is for rules over: county")
        if self.is_breaker != (self.over == "county"):
            raise ValueError(f"{self.id}: measured and threshold are for rules over: county")
        return self
