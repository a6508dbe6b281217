"""Takes up what a person released: rows that a breaker held come in, as known from the night that takes them up.

A decision (include.intake.release) counts on the first night whose judge finds it, once: lake/released says which
attempts were taken up. So a past night that is judged again takes up the same, and a death in between nothing twice.
The night before is not judged anew: what was published for it was what was known then.

Of a released attempt come in the rows that nothing but a breaker held, and only of households that the county has not
told of since, itself or its members, and no row of a dataset of which it told of the household since. What its office
has withdrawn up to the night tells nothing, and nothing of it comes in. The rows are laid over the last accepted state
before the night's own packages are measured against it.
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
    came = []
    for name, item in contracts().items():
        held = [str(path) for of in nights for path in home.lake_file("held", of, batch, name).parent.glob("*.parquet")]
        if item.has("household_id") and held:
            _held_by_breakers(connection, item, sorted(held))
            came.append(item)
    if came:
        _told_since(connection, home, night, came)
    for item in came:
        _rows(connection, night, item)
    return tuple(item.name for item in came)


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


def _held_by_breakers(connection: duckdb.DuckDBPyConnection, item: Contract, held: list[str]) -> None:
    """breaker_<dataset>: the rows of the released attempts that nothing but a breaker held."""
    columns = ", ".join(f'"{name}"' for name in typed.typed_columns(item))
    connection.execute(
        f"""create or replace temp table breaker_{item.name} as
        select * from (
            select {columns}, null::varchar[] as held_by from ({typed.empty_query(item)})
            union all by name select * from read_parquet($held, union_by_name = true)
        ) semi join released using (attempt_id)
        where len(held_by) > 0 and list_has_all($breakers, held_by)""",
        {"held": held, "breakers": [rule.id for rule in catalogue() if rule.is_breaker]},
    )


def _told_since(connection: duckdb.DuckDBPyConnection, home: Home, night: date, came: list[Contract]) -> None:
    """told_since: of each released attempt the households that a later package of the county told of, by dataset.

    What was told of a household or its members since holds for all datasets: where only the household's own row came
    again, the closes of its members would else leave it in force without anybody in it.
    """
    mine = " union ".join(f"select attempt_id, number, household_key from breaker_{item.name}" for item in came)
    parameters: dict[str, object] = {}
    since = []
    for name, item in contracts().items():
        files = sorted(
            str(path)
            for kind in ("accepted", "held")
            for path in (home.lake / kind / name).glob("night=*/*.parquet")
            if path.parent.name < f"night={night:%Y-%m-%d}"
        )
        if item.has("household_id") and files:
            since.append(
                f"select '{name}' as dataset, attempt_id, number, household_key"
                f" from read_parquet(${name}, union_by_name = true)"
            )
            parameters[name] = files
    withdrawals = decided.files(home, withdrawn.KIND, night)
    gone = "''"
    if withdrawals:
        gone, parameters["gone"] = "select attempt_id from read_parquet($gone)", withdrawals
    connection.execute(
        f"""create or replace temp table told_since as
        select distinct l.dataset, m.attempt_id, m.household_key
        from ({mine}) m join ({" union all ".join(since)}) l
            on l.household_key = m.household_key and l.number > m.number
        where l.attempt_id not in ({gone})""",
        parameters,
    )


def _rows(connection: duckdb.DuckDBPyConnection, night: date, item: Contract) -> None:
    clocks = {"night": "$night::date", "known_at": "$known_at::timestamp"}
    names = typed.typed_columns(item)
    came = ", ".join(f'{clocks[name]} as "{name}"' if name in clocks else f'"{name}"' for name in names)
    connection.execute(
        f"""create or replace temp table released_{item.name} as
        select {came} from breaker_{item.name} anti join (
            from told_since where dataset in ('households', 'persons', '{item.name}')
        ) using (attempt_id, household_key)""",
        {"night": night, "known_at": known_at(night)},
    )
