"""Takes up what a person released: rows that a breaker held come in, as known from the night that takes them up.

A decision (include.intake.release) counts on the first night whose judge finds it, once: lake/released says which
attempts were taken up. So a past night that is judged again takes up the same, and a death in between nothing twice.
The night before is not judged anew: what was published for it was what was known then.

Of a released attempt come in the rows that nothing but a breaker held, and only where the county has not told of that
household since. What its office has withdrawn up to the night tells nothing, and nothing of it comes in. The rows are
laid over the last accepted state before the night's own packages are measured against it.
"""

from __future__ import annotations

from datetime import date

import duckdb

from include.clocks import known_at
from include.contract import Contract, contracts
from include.files import write_parquet
from include.home import Home, batch_of
from include.intake import decided, release, typed, withdrawn
from include.rules import catalogue

KIND = "released"


def take_up(connection: duckdb.DuckDBPyConnection, home: Home, night: date, batch: str) -> tuple[str, ...]:
    """Make `released` (attempts taken up) and released_<dataset> (rows as of lake/accepted); returns those datasets."""
    batches = int(batch.rsplit("-of-", 1)[-1])
    rows = [row for row in _due(connection, home, night) if batch_of(row[1], batches) == batch]
    connection.execute(
        "create or replace temp table released (attempt_id varchar, county_id varchar, number integer, held_night date)"
    )
    if not rows:
        return ()
    connection.executemany("insert into released values (?, ?, ?, ?)", rows)
    nights = {row[3] for row in rows}
    found = []
    for name, item in contracts().items():
        held = [str(path) for of in nights for path in home.lake_file("held", of, batch, name).parent.glob("*.parquet")]
        if item.has("household_id") and held:
            _rows(connection, home, night, item, sorted(held))
            found.append(name)
    return tuple(found)


def write(connection: duckdb.DuckDBPyConnection, home: Home, night: date, batch: str, datasets: tuple[str, ...]) -> int:
    """Record what was taken up, one row for each attempt and dataset; returns the number of rows of the lake it is."""
    if not (found := connection.execute("select count(*) from released").fetchone()) or not found[0]:
        return 0
    parts = [
        f"select attempt_id, '{name}' as dataset, count(*) as n from released_{name} group by all" for name in datasets
    ]
    parts.append("select attempt_id, 'households', 0 from released")
    write_parquet(
        connection,
        f"""select $night::date as night, county_id, attempt_id, dataset, sum(n)::bigint as rows
        from ({" union all ".join(parts)}) join released using (attempt_id)
        group by all order by attempt_id, dataset""",
        home.lake_file(KIND, night, batch),
        {"night": night},
    )
    total = connection.execute(f"select coalesce(sum(n), 0) from ({' union all '.join(parts)})").fetchone()
    return int(total[0]) if total else 0


def _due(connection: duckdb.DuckDBPyConnection, home: Home, night: date) -> list[tuple[str, str, int, date]]:
    """Attempts released up to the night that no earlier night has taken up: id, county, number, night it was held.

    What its office has withdrawn up to the night is not among them.
    """
    decisions = decided.files(home, release.KIND, night)
    if not decisions:
        return []
    before = sorted(
        str(path)
        for path in home.lake.glob(f"{KIND}/night=*/*.parquet")
        if path.parent.name < f"night={night:%Y-%m-%d}"
    )
    over = [*before, *decided.files(home, withdrawn.KIND, night)]
    done = "select attempt_id from read_parquet($done)" if over else "select null::varchar as attempt_id where false"
    return connection.execute(
        f"""select d.attempt_id, a.county_id, a.number, a.night
        from read_parquet($decisions) d
        join read_parquet($attempts, union_by_name = true, hive_partitioning = false) a using (attempt_id)
        where d.answer = 'release' and a.night < $night and d.attempt_id not in ({done})
        order by d.attempt_id""",
        {"decisions": decisions, "attempts": home.lake_glob("attempts"), "night": night}
        | ({"done": over} if over else {}),
    ).fetchall()


def _rows(connection: duckdb.DuckDBPyConnection, home: Home, night: date, item: Contract, held: list[str]) -> None:
    columns = [f'"{name}"' for name in typed.typed_columns(item)]
    clocks = {'"night"': "$night::date", '"known_at"': "$known_at::timestamp"}
    came = ", ".join(f"{clocks[name]} as {name}" if name in clocks else name for name in columns)
    since = sorted(
        str(path)
        for kind in ("accepted", "held")
        for path in (home.lake / kind / item.name).glob("night=*/*.parquet")
        if path.parent.name < f"night={night:%Y-%m-%d}"
    )
    withdrawals = decided.files(home, withdrawn.KIND, night)
    gone = "select attempt_id from read_parquet($gone)" if withdrawals else "''"
    connection.execute(
        f"""create or replace temp table released_{item.name} as
        with mine as (
            select * from (
                select {", ".join(columns)}, null::varchar[] as held_by from ({typed.empty_query(item)})
                union all by name select * from read_parquet($held, union_by_name = true)
            ) semi join released using (attempt_id)
            where len(held_by) > 0 and list_has_all($breakers, held_by)
        ), told_since as (
            select distinct m.attempt_id, m.household_key
            from mine m join read_parquet($since, union_by_name = true) l
                on l.household_key = m.household_key and l.number > m.number
            where l.attempt_id not in ({gone})
        )
        select {came} from mine anti join told_since using (attempt_id, household_key)""",
        {
            "held": held,
            "since": since,
            "breakers": [rule.id for rule in catalogue() if rule.is_breaker],
            "night": night,
            "known_at": known_at(night),
        }
        | ({"gone": withdrawals} if withdrawals else {}),
    )
