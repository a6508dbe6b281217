"""Verdicts as rows of lake/gate_results/night=D/<stage>.parquet, and what a failed gate says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import date

from include.duck import connect
from include.files import write_parquet
from include.home import Home
from include.settings import Settings

STAGES = ("submissions", "warehouse", "marts", "disclosure", "published")

AUDIT_CHECK = "marts-audited-content"
"""The check of the marts gate whose observed value is the hash of the content that it judged."""

BLOCKED = {
    "submissions": "the build of the warehouse",
    "warehouse": "the build of the marts",
    "marts": "publishing",
    "disclosure": "the open file, and with it publishing",
    "published": "the swap to tonight's files",
}


@dataclass(frozen=True)
class GateRow:
    """One check on one night, as it lies in the lake; holds counts, rules and counties, never a personal value."""

    night: date
    stage: str
    suite: str  # blocking or advisory
    check_id: str
    description: str
    success: bool
    observed: str | None
    expected: str | None
    unexpected: int | None
    severity: str  # critical or warning
    exception: bool
    examples: str | None
    todo: str


@dataclass(frozen=True)
class FailedCheck(GateRow):
    """A failed check with the first night of its present run of failures."""

    since: date


class GateFailed(Exception):
    """A gate stopped its stage; str() is the first screen a person reads."""

    def __init__(self, stage: str, night: date, failures: Sequence[FailedCheck]) -> None:
        super().__init__(stage, night, failures)
        self.stage = stage
        self.night = night
        self.failures = list(failures)

    def __str__(self) -> str:
        return self.summary()

    def summary(self) -> str:
        """What failed, how many, where, since when, what it blocked, what to do, which runbook."""
        plural = "check" if len(self.failures) == 1 else "checks"
        lines = [f"Gate {self.stage} failed on {self.night:%Y-%m-%d}: {len(self.failures)} {plural}", ""]
        cause = one_cause([failure.observed if failure.exception else None for failure in self.failures])
        if cause:
            lines += [f"  One cause of all, none could be evaluated: {cause}", ""]
        for failure in [] if cause else self.failures:
            lines += _lines(failure)
        blocked = BLOCKED.get(self.stage, "the next stage")
        lines += [
            f"Blocked: {blocked}. What was published before stays and says its own night.",
            f"Runbook: docs/runbooks/gate-{self.stage}.md   All verdicts: quality.gate_results",
        ]
        return "\n".join(lines)


def one_cause(errors: Sequence[str | None]) -> str:
    """What kept every one of several checks from being evaluated, when it is the same; `errors` has None for others."""
    causes = set(errors)
    return str(causes.pop() or "") if len(causes) == 1 and len(errors) > 1 else ""


def _lines(failure: FailedCheck) -> list[str]:
    measured = "could not be evaluated" if failure.exception else f"observed {failure.observed}"
    since = "new tonight" if failure.since == failure.night else f"failing since {failure.since:%Y-%m-%d}"
    lines = [
        f"  {failure.check_id}: {failure.description}",
        f"      {measured}; expected {failure.expected}; {since}",
    ]
    if failure.exception:
        lines.append(f"      {failure.observed}")
    if failure.examples:
        lines.append(f"      where: {failure.examples}")
    return [*lines, f"      to do: {failure.todo}", ""]


def write_rows(home: Home, settings: Settings, stage: str, night: date, rows: Iterable[GateRow]) -> None:
    """Write the stage's verdicts of the night, replacing those of an earlier run of the same night."""
    columns = ", ".join(f"{field.name} {_TYPES.get(field.name, 'varchar')}" for field in fields(GateRow))
    marks = ", ".join("?" for _ in fields(GateRow))
    with connect(settings) as connection:
        connection.execute(f"create table verdicts (position integer, {columns})")
        values = [value for position, row in enumerate(rows) for value in (position, *astuple(row))]
        if values:
            all_marks = ", ".join([f"(?, {marks})"] * (len(values) // (len(fields(GateRow)) + 1)))
            connection.execute(f"insert into verdicts values {all_marks}", values)
        names = ", ".join(field.name for field in fields(GateRow))
        target = home.lake_file("gate_results", night, stage)
        write_parquet(connection, f"select {names} from verdicts order by position", target)


_TYPES = {"night": "date", "success": "boolean", "exception": "boolean", "unexpected": "bigint"}


def with_since(home: Home, settings: Settings, failures: Sequence[GateRow]) -> list[FailedCheck]:
    """Add to each failed row the first night of its run of failures, from the verdicts of earlier nights."""
    return [
        FailedCheck(*astuple(row), since=_since(home, settings, row))  # type: ignore[misc]  # astuple loses the field types
        for row in failures
    ]


def _since(home: Home, settings: Settings, row: GateRow) -> date:
    files = sorted(home.lake.glob(f"gate_results/night=*/{row.stage}.parquet"))
    if not files:
        return row.night
    with connect(settings) as connection:
        found = connection.execute(
            "with verdicts as (select night, bool_and(success) as passed"
            " from read_parquet(?, hive_partitioning = false, union_by_name = true)"
            " where check_id = ? and night < ? group by night)"
            " select min(night) from verdicts where not passed"
            " and night > coalesce((select max(night) from verdicts where passed), date '0001-01-01')",
            [[str(file) for file in files], row.check_id, row.night],
        ).fetchone()
    return found[0] if found and found[0] else row.night


def failed(rows: Iterable[GateRow]) -> list[GateRow]:
    """The rows that stop the stage: blocking and not passed."""
    return [row for row in rows if row.suite == "blocking" and not row.success]


def as_exception(row: GateRow, error: str) -> GateRow:
    """The same check as one that could not be evaluated; `error` is a class or a message about names, not values."""
    return replace(row, success=False, exception=True, observed=error, unexpected=None, examples=None)
