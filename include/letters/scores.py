"""The data quality score of a county in its letter: one line, with what the night before said."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import duckdb

from include.letters.facts import DimensionScore, ScoreLine


def scores(connection: duckdb.DuckDBPyConnection, night: date) -> dict[str, ScoreLine]:
    """Scores of the night by submitter; none where the quality layer was not built. Needs `batch` within reach."""
    built = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = 'quality' and table_name = 'county_scorecards'"
    ).fetchone()
    if not built or not built[0]:
        return {}
    dimensions: defaultdict[str, list[DimensionScore]] = defaultdict(list)
    for submitter, *told in connection.execute(
        """select batch.submitter, dimension, sum(points), sum(weight)
        from quality.county_scorecards inner join batch using (county_id)
        where night = ? and points is not null
        group by batch.submitter, dimension order by batch.submitter, min(indicator_id)""",
        [night],
    ).fetchall():
        dimensions[submitter].append(DimensionScore(*told))
    rows = connection.execute(
        """with told as (
            select county_id, night, score, lag(score) over (partition by county_id order by night) as previous
            from quality.county_scores
        )
        select batch.submitter, score, previous from told inner join batch using (county_id)
        where night = ? and score is not null""",
        [night],
    ).fetchall()
    return {submitter: ScoreLine(score, previous, tuple(dimensions[submitter])) for submitter, score, previous in rows}
