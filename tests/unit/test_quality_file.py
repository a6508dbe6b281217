"""Without a warehouse quality.duckdb comes from the lake alone: the same columns as ever, and no mark of a value."""

from __future__ import annotations

from pathlib import Path

import duckdb

from include.keys import ensure_keys
from include.settings import Settings
from include.warehouse.quality_file import publish_quality
from tests.unit.lake_rows import NIGHT, Attempt, clean, run


def test_what_was_looked_at_stays_in_the_lake(tmp_path: Path) -> None:
    rows = clean()
    rows["households"][0]["arable_land"] = "900"
    night = run(tmp_path, [Attempt(rows)])
    settings = Settings(home=tmp_path)
    ensure_keys(night.home, settings)
    ((finding, mark),) = night.rows("findings_check", None, "finding_id, mark")
    assert mark
    publish_quality(night.home, settings, NIGHT)
    published = str(night.home.published / "quality.duckdb")
    with duckdb.connect(published, read_only=True) as connection:
        assert connection.execute("select finding_id from quality.findings").fetchall() == [(finding,)]
        columns = connection.execute(
            "select column_name from duckdb_columns() where table_name = 'findings' order by column_index"
        ).fetchall()
    assert [name for (name,) in columns] == [
        "finding_id", "rule", "rule_version", "severity", "trial", "submitter", "county_id", "attempt_id", "night",
        "dataset", "file", "row", "household_key", "row_key", "column", "value_class", "detail",
    ]  # fmt: skip
