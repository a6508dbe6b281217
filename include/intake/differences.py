"""What an attempt changes beside what its office had accepted before: lake/attempt_differences, counts by dataset.

Each row of an attempt is set beside the newest row of its key that was accepted before, of whatever attempt: the state
that the attempt is laid over. The attempts of one night are counted in their rounds, so that a second package of an
evening is set beside what the first one left. Counts of rows alone: no key and no value of a row is kept.

Rows are equal when DuckDB's hash over all their columns is. It tells accidents apart and lives within one statement:
nothing is decided by it, and no hash is kept.
"""

from __future__ import annotations

from datetime import date

import duckdb

from include.contract import Contract
from include.duck import literals
from include.files import write_parquet
from include.home import Home
from include.intake import typed
from include.intake.holding import outcome
from include.intake.known import IN_FORCE, RELATED, Brought, earlier_files, newest

KIND = "attempt_differences"
_COUNTS = ("new_rows", "changed_rows", "unchanged_rows", "closed_rows", "held_rows", "rejected_rows")
"""Every row of an attempt is in one of them."""
_LAYOUT = (
    "attempt_id varchar, submitter varchar, county_id varchar, night date, dataset varchar, "
    f"{', '.join(f'{name} bigint' for name in _COUNTS)}, absent_rows bigint"
)


def compare(
    connection: duckdb.DuckDBPyConnection, brought: Brought, home: Home, night: date, batch: str, number: int
) -> None:
    """Add a round's attempts to the table attempt_differences; before the round counts as accepted.

    Needs judged_<dataset> of the round, the last accepted state that it was judged by, and of the rounds before it
    all_<dataset>.
    """
    if number == 1:
        connection.execute(f"create or replace temp table {KIND} ({_LAYOUT})")
    for item in brought.contracts():
        before = _before(connection, item, brought, earlier_files(home, night, item.name, batch), number)
        connection.execute(
            f"""insert into {KIND}
            with before as (
                select county_id, _row_key, {IN_FORCE} as in_force, {_hash(item)} as hashed from {before}
            ), sent as (
                select attempt_id, county_id, _row_key, operation, {outcome("held")} as held,
                    {outcome("rejected")} as rejected, {_hash(item)} as hashed
                from judged_{item.name}
            ), compared as (
                select s.attempt_id, s.held, s.rejected, case
                    when s.hashed = b.hashed then 'unchanged'
                    when s.operation = 'close' then 'closed'
                    when coalesce(b.in_force, false) then 'changed'
                    else 'new' end as difference
                from sent s left join before b on b.county_id = s.county_id and b._row_key = s._row_key
            ), counted as (
                select attempt_id, count(*) filter (where held) as held_rows,
                    count(*) filter (where rejected) as rejected_rows,
                    {", ".join(_counted(one) for one in ("new", "changed", "unchanged", "closed"))}
                from compared group by attempt_id
            ), absent as (
                select a.attempt_id, count(*) as absent_rows
                from attempts a join before b on b.county_id = a.county_id and b.in_force
                anti join sent s on s.attempt_id = a.attempt_id and s._row_key = b._row_key
                where a.kind = 'full' and a.round = {number} group by a.attempt_id
            )
            select attempt_id, a.submitter, a.county_id, a.night, '{item.name}',
                {", ".join(f"coalesce(c.{name}, 0)" for name in _COUNTS)},
                if(a.kind = 'full' and a.round = {number}, coalesce(absent.absent_rows, 0), null)
            from attempts a left join counted c using (attempt_id) left join absent using (attempt_id)
            where c.attempt_id is not null or a.round = {number} and exists (
                select 1 from brought b where b.attempt_id = a.attempt_id and b.dataset = '{item.name}')"""
        )


def write(connection: duckdb.DuckDBPyConnection, home: Home, night: date, batch: str) -> None:
    """Write lake/attempt_differences of a batch, where a readable package came."""
    if connection.execute("select 1 from duckdb_tables() where table_name = ?", [KIND]).fetchone():
        query = f"select * from {KIND} order by attempt_id, dataset"
        write_parquet(connection, query, home.lake_file(KIND, night, batch))


def _counted(difference: str) -> str:
    accepted = f"not held and not rejected and difference = '{difference}'"
    return f"count(*) filter (where {accepted}) as {difference}_rows"


def _hash(item: Contract) -> str:
    """SQL of a row's content: what was sent in it, with the hash of the number and its checks, and not where it lay."""
    own = [name for name in typed.typed_columns(item) if name not in typed.ORIGIN]
    columns = ", ".join(f'"{name}"' for name in own)
    return f"hash({columns})"


def _before(
    connection: duckdb.DuckDBPyConnection, item: Contract, brought: Brought, files: list[str], number: int
) -> str:
    """Name of a relation with the newest accepted row of each key, before the round."""
    name = item.name
    if name in RELATED:
        return f"last_{name}"
    columns = ", ".join(f'"{column}"' for column in typed.typed_columns(item))
    parts = [f"select {columns} from typed_{name} where false"]
    if files:
        mine = "where county_id in (select county_id from attempts)"
        parts.append(f"select * from read_parquet({literals(files)}, union_by_name = true) {mine}")
    if name in brought.released:
        parts.append(f"select {columns} from released_{name}")
    if number > 1:
        parts.append(f"select {columns} from all_{name} where {outcome('accepted')} and _round < {number}")
    connection.execute(
        f"""create or replace temp view before_{name} as
        select {columns}, {typed.row_key_sql(item, "x")} as _row_key
        from ({" union all by name ".join(parts)}) x qualify {newest(item)}"""
    )
    return f"before_{name}"
