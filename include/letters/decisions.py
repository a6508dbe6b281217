"""What a person has decided on the packages of a submitter, as its letter says it: who, when, why, what came of it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import duckdb

from include.letters.facts import ReleaseLine


def releases(connection: duckdb.DuckDBPyConnection, night: date) -> defaultdict[str, list[ReleaseLine]]:
    """Decisions that count from this night, by submitter; needs `batch` and the published tables in reach."""
    lines: defaultdict[str, list[ReleaseLine]] = defaultdict(list)
    rows = connection.execute(
        """select batch.submitter, attempt_id, answer, decided_by, decided_at, reason, rows_taken
        from quality.releases inner join batch using (county_id)
        where coalesce(taken_night, night) = ? order by batch.submitter, attempt_id""",
        [night],
    ).fetchall()
    for submitter, *told in rows:
        lines[submitter].append(ReleaseLine(*told))
    return lines
