"""What a person has decided on the packages of a submitter, as its letter says it: who, when, why, what came of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date

import duckdb

from include.letters.facts import ReleaseLine

LetterBefore = Callable[[str], date | None]
"""Of a submitter the night of its last letter before this one; None where it never had one."""


def never(_: str) -> date | None:
    """No submitter had a letter before."""
    return None


def releases(
    connection: duckdb.DuckDBPyConnection, night: date, letter_before: LetterBefore
) -> defaultdict[str, list[ReleaseLine]]:
    """Decisions that count from this night, or from an earlier one of which no letter was written, by submitter.

    A letter to any code of the county told its decisions. Needs `batch` and the published tables in reach.
    """
    lines: defaultdict[str, list[ReleaseLine]] = defaultdict(list)
    rows = connection.execute(
        """select batch.submitter, (
                select list(distinct submitter) from quality.reporting where reporting.county_id = batch.county_id
            ), attempt_id, answer, decided_by, decided_at, reason, rows_taken,
            coalesce(taken_night, night) as counts_from
        from quality.releases inner join batch using (county_id)
        where counts_from <= ? order by batch.submitter, attempt_id""",
        [night],
    ).fetchall()
    for submitter, codes, *told in rows:
        line = ReleaseLine(*told)
        last = max((at for code in {submitter, *(codes or ())} if (at := letter_before(code))), default=date.min)
        if line.night > last:
            lines[submitter].append(line)
    return lines
