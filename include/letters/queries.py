"""Reads what the letters of a batch say from quality.duckdb, all submitters of the batch in one pass for each table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from include.contract import Contract, contracts
from include.contract.words import FORBIDDEN_KINDS, severity_order
from include.duck import connect, insert_rows, literal
from include.intake.long_numbers import RUN
from include.intake.names import name_and_path
from include.letters.decisions import LetterBefore, never, releases
from include.letters.facts import (
    AttemptLine,
    DatasetLine,
    FileLine,
    FindingLine,
    HeldFacts,
    HeldLine,
    Letter,
    ReadingLine,
    RuleCard,
    RuleGroup,
)
from include.letters.scores import scores
from include.settings import Settings

ROWS_PER_RULE = 200
"""Rows of one rule that a letter shows at most; all are in findings.csv."""
ROWS_PER_LETTER = 4_000
"""Rows of findings that a letter shows at most, shared among its rules, so that a clerk can open it."""

HELD_SHOWN = 200
"""Held households that a letter names at most, the longest held first."""

# A file name is the submitter's own text: a resident number in it is taken out like everywhere else.
_FILE = f"regexp_replace(coalesce(findings.file, ''), '{RUN}', '…', 'g')"


class Letters:
    """The facts of one batch's letters. Open it with the quality file of the night and the batch's submitters.

    `letter_before` says of a submitter the night of its last letter before this one; what was decided since is told.
    """

    def __init__(
        self, settings: Settings, quality: Path, night: date, contact: str, letter_before: LetterBefore = never
    ) -> None:
        self._night, self._contact, self._letter_before = night, contact, letter_before
        self._connection = connect(settings)
        self._connection.execute(f"attach {literal(quality)} as published (read_only)")
        self._connection.execute("use published")
        self._connection.execute(
            "create temp table chinese (dataset varchar, name varchar, dataset_zh varchar, column_zh varchar)"
        )
        names = [[c.name, k, c.zh, zh] for c in contracts().values() for k, zh in _columns(c)]
        insert_rows(self._connection, "chinese", names)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection with temp table `tonight`: the batch's findings of the night."""
        return self._connection

    def submitters(self) -> list[tuple[str, str, str]]:
        """Every account of the night: submitter, kind, county_id."""
        return self._connection.execute(
            "select submitter, submitter_kind, county_id from quality.reporting where night = ? order by submitter",
            [self._night],
        ).fetchall()

    def read(self, batch: Sequence[tuple[str, str, str]]) -> list[Letter]:
        """The letters of these submitters, in their order."""
        self._prepare(batch)
        attempts, datasets, files = self._attempts(), self._datasets(), self._files()
        readings = self._readings()
        groups, cleared, standing, held = self._groups(), self._cleared(), self._standing(), self._held()
        explained, withdrawn, ours = self._explained(), self._withdrawn(), self._ours()
        held_lines, waiting = self._held_lines(), self._waiting()
        decided = releases(self._connection, self._night, self._letter_before)
        scored = scores(self._connection, self._night)
        letters = []
        for submitter, kind, _ in batch:
            name, path = name_and_path(submitter)
            letters.append(
                Letter(
                    submitter,
                    kind,
                    name,
                    path,
                    self._night,
                    attempts=tuple(attempts[submitter]),
                    datasets=tuple(datasets[submitter]),
                    files=tuple(files[submitter]),
                    readings=tuple(readings[submitter]),
                    groups=tuple(groups[submitter]),
                    cleared=tuple(cleared[submitter]),
                    standing=tuple(standing[submitter]),
                    explained=tuple(explained[submitter]),
                    held=held.get(submitter, HeldFacts(0, 0, None, 0, 0)),
                    held_lines=tuple(held_lines[submitter]),
                    waiting=waiting.get(submitter, 0),
                    withdrawn=tuple(withdrawn[submitter]),
                    releases=tuple(decided[submitter]),
                    contact=self._contact,
                    ours=tuple(ours[submitter]),
                    score=scored.get(submitter),
                )
            )
        return letters

    def _prepare(self, batch: Sequence[tuple[str, str, str]]) -> None:
        run = self._connection.execute
        run("create or replace temp table batch (submitter varchar, county_id varchar)")
        insert_rows(self._connection, "batch", [[s, c] for s, _, c in batch])
        run(
            f"""
            create or replace temp table tonight as
            select
                findings.* replace ({_FILE} as file),
                substr(findings.household_key, length(findings.county_id) + 2) as household
            from quality.findings as findings
            inner join batch using (submitter)
            where findings.last_night = ? and findings.is_open
            order by submitter, {severity_order()}, rule, dataset, file, row, "column", finding_id
            """,
            [self._night],
        )

    def _attempts(self) -> defaultdict[str, list[AttemptLine]]:
        rows = self._connection.execute(
            """
            select submitter, number, package, arrived_at, sha256, state, coalesce(nothing_due, false), refusal
            from quality.attempts inner join batch using (submitter)
            where night = ? order by submitter, number
            """,
            [self._night],
        ).fetchall()
        return _grouped((row[0], AttemptLine(*row[1:])) for row in rows)

    def _datasets(self) -> defaultdict[str, list[DatasetLine]]:
        rows = self._connection.execute(
            """
            with layout as (
                select submitter, dataset, sum(layout_rows) as layout
                from quality.files where night = $night group by all
            )
            select counted.submitter, counted.dataset, coalesce(any_value(layout.layout), 0),
                sum(counted.received), sum(counted.accepted), sum(counted.held), sum(counted.rejected)
            from quality.attempt_datasets as counted
            inner join batch using (submitter)
            left join layout on layout.submitter = counted.submitter and layout.dataset = counted.dataset
            where counted.night = $night
            group by counted.submitter, counted.dataset
            order by counted.submitter, counted.dataset
            """,
            {"night": self._night},
        ).fetchall()
        return _grouped((row[0], DatasetLine(row[1], *map(int, row[2:]))) for row in rows)

    def _files(self) -> defaultdict[str, list[FileLine]]:
        rows = self._connection.execute(
            f"""
            select submitter, {_FILE.replace("findings.", "")}, dataset, coalesce(forbidden_columns, []),
                coalesce(unknown_columns, []), coalesce(missing_columns, []), coalesce(converted_columns, [])
            from quality.files inner join batch using (submitter)
            where night = ? and (len(forbidden_columns) > 0 or len(unknown_columns) > 0 or len(missing_columns) > 0
                or len(converted_columns) > 0)
            order by submitter, attempt_id, file
            """,
            [self._night],
        ).fetchall()
        return _grouped((row[0], FileLine(row[1], row[2], *map(tuple, row[3:]))) for row in rows)

    def _readings(self) -> defaultdict[str, list[ReadingLine]]:
        rows = self._connection.execute(
            f"""
            select submitter, {_FILE.replace("findings.", "")}, format, encoding, header_row, coalesce(skipped, [])
            from quality.files inner join batch using (submitter)
            where night = ? and header_row is not null
            order by submitter, attempt_id, file
            """,
            [self._night],
        ).fetchall()
        return _grouped((row[0], ReadingLine(row[1], row[2], row[3], row[4], tuple(row[5]))) for row in rows)

    def _groups(self) -> defaultdict[str, list[RuleGroup]]:
        lines: defaultdict[tuple[str, ...], list[FindingLine]] = defaultdict(list)
        for row in self._connection.execute(
            f"""
            with spread as (
                select submitter, greatest(10, least({ROWS_PER_RULE}, {ROWS_PER_LETTER} // count(*))) as cap
                from (select distinct submitter, rule, severity, dataset from tonight) group by submitter
            )
            select tonight.submitter, rule, severity, coalesce(dataset, ''), file, row, "column", household,
                coalesce(value_class, ''), state, first_night,
                nullif(regexp_extract(coalesce(detail, ''), '^match ([^,]+)', 1), '') as match
            from tonight inner join spread using (submitter)
            qualify row_number() over (
                partition by tonight.submitter, rule, severity, dataset order by file, row, "column", finding_id
            ) <= cap
            order by tonight.submitter, rule, severity, dataset, file, row, "column", finding_id
            """
        ).fetchall():
            lines[row[:4]].append(FindingLine(*row[4:]))
        counted = self._connection.execute(
            f"""
            select submitter, rule, severity, coalesce(dataset, ''), bool_or(trial), count(*),
                count(*) filter (where state = 'new'), count(distinct household_key)
            from tonight group by submitter, rule, severity, dataset
            order by submitter, {severity_order()}, count(distinct household_key) desc, count(*) desc, rule, dataset
            """
        ).fetchall()
        cards = self._cards()
        return _grouped(
            (
                row[0],
                RuleGroup(
                    _card(cards, row[1]), row[2], row[4], row[3] or None, row[5], row[6], row[7], tuple(lines[row[:4]])
                ),
            )
            for row in counted
        )

    def _cards(self) -> dict[str, RuleCard]:
        rows = self._connection.execute(
            "select rule, title_zh, title_en, mend_zh, mend_en, why from quality.rules order by rule"
        ).fetchall()
        return {row[0]: RuleCard(*(cell or "" for cell in row)) for row in rows}

    # What stands and what is held is the county's, also where an older code of it sent the rows.

    def _cleared(self) -> defaultdict[str, list[tuple[RuleCard, int]]]:
        return self._counted_rules("state = 'cleared' and cleared_night = ?")

    def _standing(self) -> defaultdict[str, list[tuple[RuleCard, int, date]]]:
        """By rule and the night whose letter told the rows."""
        rows = self._connection.execute(
            """
            select batch.submitter, rule, count(*), last_night
            from quality.findings as findings inner join batch using (county_id)
            where is_open and last_night < ? and severity <> 'advice' and not trial
            group by batch.submitter, rule, last_night
            order by batch.submitter, last_night desc, count(*) desc, rule
            """,
            [self._night],
        ).fetchall()
        cards = self._cards()
        return _grouped((row[0], (_card(cards, row[1]), row[2], row[3])) for row in rows)

    def _explained(self) -> defaultdict[str, list[tuple[RuleCard, int]]]:
        return self._counted_rules("state = 'explained' and explained_night = ?")

    def _ours(self) -> defaultdict[str, list[tuple[RuleCard, int]]]:
        return self._counted_rules("state = 'ours' and last_night = ?")

    def _counted_rules(self, which: str) -> defaultdict[str, list[tuple[RuleCard, int]]]:
        rows = self._connection.execute(
            f"""
            select batch.submitter, rule, count(*)
            from quality.findings as findings inner join batch using (county_id)
            where {which}
            group by batch.submitter, rule order by batch.submitter, count(*) desc, rule
            """,
            [self._night],
        ).fetchall()
        cards = self._cards()
        return _grouped((row[0], (_card(cards, row[1]), row[2])) for row in rows)

    def _held(self) -> dict[str, HeldFacts]:
        rows = self._connection.execute(
            """
            select batch.submitter, count(*), count(*) filter (where held.provisional), min(held.held_since_night),
                count(*) filter (where held.decide_by <= $night), max(held.decide_by - held.held_since_night),
                min(held.decide_by) filter (where held.decide_by > $night)
            from quality.held_households as held
            inner join quality.attempts as attempts using (attempt_id)
            inner join batch using (county_id)
            group by batch.submitter
            """,
            {"night": self._night},
        ).fetchall()
        return {row[0]: HeldFacts(*row[1:]) for row in rows}

    def _held_lines(self) -> defaultdict[str, list[HeldLine]]:
        rows = self._connection.execute(
            f"""
            select batch.submitter, substr(held.household_key, length(batch.county_id) + 2), held.held_since_night,
                held.decide_by, held.provisional, string_split(coalesce(held.held_by, ''), ',')
            from quality.held_households as held
            inner join quality.attempts as attempts using (attempt_id)
            inner join batch using (county_id)
            qualify row_number() over (
                partition by batch.submitter order by held.held_since_night, held.household_key) <= {HELD_SHOWN}
            order by batch.submitter, held.held_since_night, held.household_key
            """
        ).fetchall()
        cards = self._cards()
        return _grouped(
            (who, HeldLine(household, since, decide_by, new, tuple(_card(cards, rule) for rule in held_by if rule)))
            for who, household, since, decide_by, new, held_by in rows
        )

    def _withdrawn(self) -> defaultdict[str, list[tuple[int, date]]]:
        rows = self._connection.execute(
            """
            select batch.submitter, number, night from quality.attempts as attempts inner join batch using (county_id)
            where withdrawn_night = ? order by batch.submitter, number
            """,
            [self._night],
        ).fetchall()
        return _grouped((who, (number, night)) for who, number, night in rows)

    def _waiting(self) -> dict[str, int]:
        rows = self._connection.execute(
            """
            select submitter, waiting from quality.reporting inner join batch using (submitter)
            where night = ? and waiting > 0
            """,
            [self._night],
        ).fetchall()
        return dict(rows)


def _columns(contract: Contract) -> list[tuple[str, str]]:
    """A dataset's columns and the kinds of forbidden ones with their Chinese, and the empty name for a whole row."""
    forbidden = [(kind, words.zh) for kind, words in FORBIDDEN_KINDS.items() if not contract.has(kind)]
    return [("", ""), *((column.name, column.zh) for column in contract.columns), *forbidden]


def _card(cards: dict[str, RuleCard], rule: str) -> RuleCard:
    """A rule's card; a rule that the catalogue no longer has is told by its id."""
    return cards.get(rule, RuleCard(rule, rule, rule, "", "", ""))


def _grouped(pairs: Any) -> defaultdict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found
