"""What a person has seen missing: a county that is released is not held again for the same absences the next night.

A full package that leaves many households out trips the breaker, though absence itself closes nothing. Whoever releases
the package has looked at who is missing, so that much counts no more towards the breaker, until the county tells of the
household again. Closing the households is measured as ever: it is what ends their help.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import duckdb

from include.clocks import known_at
from include.contract import contract
from include.home import Home, batch_of
from include.intake import decided, known, release, typed


def load(connection: duckdb.DuckDBPyConnection, home: Home, night: date, batch: str) -> None:
    """Make excused_<dataset> for each of known.MEASURED: county and key; needs last_<dataset>.

    Retention may have removed the rows of the package that was released: then nothing is excused, and the breaker asks.
    """
    released = _released(connection, home, night, batch)
    for name in known.MEASURED:
        connection.execute(f"create or replace temp table excused_{name} (county_id varchar, _row_key varchar)")
        for attempt_id, of in released:
            _add(connection, home, name, attempt_id, of)


def _released(connection: duckdb.DuckDBPyConnection, home: Home, night: date, batch: str) -> list[tuple[str, date]]:
    """The last full package of each of the batch's counties that a person released by then, with its night."""
    decisions = decided.files(home, release.KIND, night)
    if not decisions:
        return []
    rows = connection.execute(
        """select a.county_id, max_by(a.attempt_id, a.number), max_by(a.night, a.number)
        from read_parquet($decisions) d
        join read_parquet($attempts, union_by_name = true, hive_partitioning = false) a using (attempt_id)
        where d.answer = 'release' and a.kind = 'full' and a.night < $night group by a.county_id order by all""",
        {"decisions": decisions, "attempts": home.lake_glob("attempts"), "night": night},
    ).fetchall()
    batches = int(batch.rsplit("-of-", 1)[-1])
    return [(attempt, of) for county, attempt, of in rows if batch_of(county, batches) == batch]


def _add(connection: duckdb.DuckDBPyConnection, home: Home, name: str, attempt_id: str, of: date) -> None:
    files = known.night_files(home, "read", of, name)
    if not files:
        return
    item = contract(name)
    keys = replace(item, columns=tuple(column for column in item.columns if column.name in item.key))
    connection.execute(
        """create or replace temp table excusing as
        select *, $known_at::timestamp as known_at, 1 as round from (
            select * exclude (known_at) from read_parquet($files, union_by_name = true)) where attempt_id = $attempt""",
        {"known_at": known_at(of), "files": known.night_files(home, "attempts", of), "attempt": attempt_id},
    )
    sent = typed.typed_query(keys, f"({known.as_sent(keys, files)})", "excusing")
    connection.execute(
        f"""insert into excused_{name}
        with named as (select _row_key from ({sent}))
        select l.county_id, l._row_key from last_{name} l join excusing e using (county_id)
        where l.{known.IN_FORCE} and l.known_at < e.known_at and (select count(*) from named) > 0
            and not exists (select 1 from named n where n._row_key = l._row_key)"""
    )
