"""What a letter says, as plain frozen values: the rendering knows nothing of databases, the queries nothing of HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from include.intake.explained import ANSWERED


@dataclass(frozen=True)
class AttemptLine:
    """One package of the submitter that arrived on the night."""

    number: int
    package: str
    arrived_at: datetime
    sha256: str
    state: str
    nothing_due: bool
    refusal: str | None  # rule that refused the package whole


@dataclass(frozen=True)
class DatasetLine:
    """Rows of one dataset over the night's attempts: received = accepted + held + rejected; layout rows apart."""

    dataset: str
    layout: int
    received: int
    accepted: int
    held: int
    rejected: int


@dataclass(frozen=True)
class FileLine:
    """What the door did with a file that the clerk should know."""

    file: str
    dataset: str
    forbidden: tuple[str, ...]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]
    converted: tuple[str, ...]  # column and the unit it came in


@dataclass(frozen=True)
class ReadingLine:
    """How a file was read."""

    file: str
    format: str | None
    encoding: str | None  # of a text; a workbook has none
    header_row: int
    skipped: tuple[str, ...]  # what is no data: kind and number


@dataclass(frozen=True)
class RuleCard:
    """A rule as it is told: what, why, how to mend."""

    rule: str
    title_zh: str
    title_en: str
    mend_zh: str
    mend_en: str
    why: str


@dataclass(frozen=True)
class FindingLine:
    """One place to mend. No value: the clerk has the file."""

    file: str
    row: int | None
    column: str | None
    household: str | None  # the county's own household number
    value_class: str
    state: str
    since: date
    match: str | None = None
    """Number under which the other county is told of the same person; both name it when they ask."""


@dataclass(frozen=True)
class RuleGroup:
    """All findings of one rule in this letter: counts over all of them, lines up to the cap."""

    card: RuleCard
    severity: str
    trial: bool
    dataset: str | None
    findings: int
    fresh: int
    households: int
    lines: tuple[FindingLine, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it is about, at most four, in the order of the lines."""
        return tuple(dict.fromkeys(line.column for line in self.lines if line.column))[:4]

    @property
    def located(self) -> bool:
        """Whether any finding names a file: one about the whole package needs no table."""
        return any(line.file for line in self.lines)


@dataclass(frozen=True)
class HeldFacts:
    """The submitter's households that are held as of the night."""

    households: int
    provisional: int
    first_night: date | None
    due: int  # of those held for as many days as the standard says: the centre rings the county
    days: int  # that many days
    decide_by: date | None = None  # the first such day that is still to come


@dataclass(frozen=True)
class HeldLine:
    """One household that is held, by the county's own number, and the rules that hold it."""

    household: str
    since: date
    decide_by: date
    provisional: bool
    rules: tuple[RuleCard, ...]


@dataclass(frozen=True)
class ReleaseLine:
    """A person's decision on a package whose removals and exits were held, told once: in the next letter."""

    attempt_id: str
    answer: str
    decided_by: str
    decided_at: datetime
    reason: str
    rows_taken: int
    night: date  # that took the rows up, or from which the refusal counts

    @property
    def released(self) -> bool:
        """Whether they take effect; otherwise they stay held."""
        return self.answer == "release"


@dataclass(frozen=True)
class DimensionScore:
    """Points of one dimension of data quality, and those that could be reached with the evidence there is."""

    dimension: str
    points: Decimal
    possible: Decimal


@dataclass(frozen=True)
class ScoreLine:
    """The data quality score of the county, of 100, and that of the night before where there was one."""

    score: Decimal
    previous: Decimal | None
    dimensions: tuple[DimensionScore, ...]


@dataclass(frozen=True)
class Letter:
    """Everything one letter says."""

    submitter: str
    kind: str
    name: str
    path: str  # province and prefecture
    night: date
    attempts: tuple[AttemptLine, ...]
    datasets: tuple[DatasetLine, ...]
    files: tuple[FileLine, ...]
    readings: tuple[ReadingLine, ...]
    groups: tuple[RuleGroup, ...]
    cleared: tuple[tuple[RuleCard, int], ...]
    standing: tuple[tuple[RuleCard, int, date], ...]  # not seen tonight, and the night last seen; advice left out
    explained: tuple[tuple[RuleCard, int], ...]  # true as sent, says the office tonight
    held: HeldFacts
    held_lines: tuple[HeldLine, ...]  # those longest held first, up to a cap
    waiting: int  # packages still being written, left in the inbox
    withdrawn: tuple[tuple[int, date], ...]  # packages taken back tonight: number and the night that received it
    releases: tuple[ReleaseLine, ...]  # decided since the last letter
    contact: str
    ours: tuple[tuple[RuleCard, int], ...] = ()  # seen tonight, and our own fault: nothing is to be done about them
    score: ScoreLine | None = None

    @property
    def arrived(self) -> bool:
        """Whether anything came on this night."""
        return bool(self.attempts)

    @property
    def earlier(self) -> int:
        """Findings of earlier nights that still stand and were not seen tonight."""
        return sum(count for _, count, _ in self.standing)

    @property
    def totals(self) -> DatasetLine:
        """The sum over the datasets."""
        lines = self.datasets
        return DatasetLine(
            "",
            sum(line.layout for line in lines),
            sum(line.received for line in lines),
            sum(line.accepted for line in lines),
            sum(line.held for line in lines),
            sum(line.rejected for line in lines),
        )

    @property
    def findings(self) -> int:
        """All findings of the letter that stand tonight."""
        return sum(group.findings for group in self.groups)

    @property
    def explicable(self) -> bool:
        """Whether a word of the office would settle any of them."""
        return any(group.severity in ANSWERED for group in self.groups)

    @property
    def advice(self) -> int:
        """Findings that only advise."""
        return sum(group.findings for group in self.groups if group.severity == "advice")

    @property
    def unread(self) -> tuple[str, ...]:
        """Findings that a whole file could not be read, where the rest of the package was: the name of its file."""
        rejects = [line for group in self.groups if group.severity == "reject" for line in group.lines]
        return tuple(line.file for line in rejects if line.file and line.row is None)

    @property
    def refused(self) -> tuple[AttemptLine, ...]:
        """Packages that were refused whole."""
        return tuple(attempt for attempt in self.attempts if attempt.state == "rejected")

    @property
    def said_nothing_due(self) -> bool:
        """Whether all that counts of the night is the word that nothing changed."""
        counts = [attempt for attempt in self.attempts if attempt.state not in ("rejected", "withdrawn")]
        return bool(counts) and all(attempt.nothing_due for attempt in counts)

    @property
    def send_again(self) -> bool:
        """Whether the office should send something again: its last package was refused, or a file is unread."""
        return bool(self.unread) or (self.arrived and self.attempts[-1].state == "rejected")

    @property
    def clean(self) -> bool:
        """Something came, all of it was taken, and nothing is to be mended."""
        totals = self.totals
        untouched = totals.held == totals.rejected == 0 and not self.refused
        return (
            self.arrived
            and untouched
            and not (self.findings or self.files or self.held.households or self.earlier or self.waiting)
            and not self.withdrawn
        )

    @property
    def mend_first(self) -> tuple[RuleGroup, ...]:
        """The three mends that free or help the most households; a package that was refused comes before all."""
        weight = {"reject": 0, "must_fix": 1, "explain": 2, "advice": 3}
        counted = [group for group in self.groups if not group.trial and group.severity != "advice"]
        return tuple(
            sorted(
                counted,
                key=lambda g: (
                    g.severity != "reject" or g.dataset is not None,
                    -g.households,
                    weight.get(g.severity, 9),
                    -g.findings,
                    g.card.rule,
                ),
            )[:3]
        )
