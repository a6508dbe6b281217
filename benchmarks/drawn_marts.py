"""Draws the marts of a nation from those of a played night: every county's rows again as those of other counties.

What is drawn: keys and place codes, and months before the night's in the figures of areas, and nights
before it in the ledger of attempts. Everything else of a copied
row is as the night made it. Tables of facts and rules, and rows of no county (of provinces, zones, the nation), stay as
they are. The result is a warehouse file: publishing it is the work of the code that ships.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from include.warehouse.content_hash import MART_SCHEMAS
from include.warehouse.copy import comment_on, tables_of
from include.warehouse.place_file import WHOLE

_COUNTY = "^[0-9]{6}($|-|[0-9]{3}|[0-9]{6})"
"""A division code of a county or of a place in it, or a key that begins with a county's id."""
_FEW = 0.01
"""A column tells of counties when so large a share of its values does: a digest begins like a code by chance."""
_DIGITS = {"province_code": 2, "prefecture_code": 4}
_PLACES = "zone.places"
_ATTEMPTS = "quality.attempts"
_MARK = "#"
"""Stands for the county's code in what is copied, until the copy's own takes its place."""


@dataclass(frozen=True)
class Drawing:
    """How much is drawn."""

    copies: int
    """How many counties are made of each."""
    months: int
    """How many months there are before the night's in the tables of monthly figures."""
    nights: int
    """How many nights there are before it in the ledger of attempts."""


def draw_marts(connection: duckdb.DuckDBPyConnection, source: str, drawing: Drawing, counties: list[str]) -> int:
    """Write the drawn marts of the attached database `source` into the connection's own; returns the households.

    `counties` are the codes of a nation's counties; each of the source's is drawn as so many of them as there are
    copies. Raises ValueError when there are too few.
    """
    connection.begin()  # one transaction: every comment would be flushed to disk on its own
    made = _pair_counties(connection, source, drawing.copies, counties)
    if made > len(counties):
        raise ValueError(f"{made:,} counties are to be drawn, and the seed of places has {len(counties):,}")
    for schema in MART_SCHEMAS:
        connection.execute(f"create schema {schema}")
        for table in tables_of(connection, source, schema):
            if (schema, table) != ("quality", "publication"):
                _draw_table(connection, source, f"{schema}.{table}", drawing)
    connection.commit()
    ((households,),) = connection.execute("select count(*) from household.households").fetchall()
    return int(households)


def _pair_counties(connection: duckdb.DuckDBPyConnection, source: str, copies: int, counties: list[str]) -> int:
    """Temporary table `pair`: each code or id of a played county, with each county that is drawn of it."""
    connection.execute(
        f"""
        create temp table pair as
        with played as (
            select distinct county_id, coalesce(county_code, county_id) as county_code
            from {source}.household.households where county_id is not null
        ),
        numbered as (select *, dense_rank() over (order by county_id) - 1 as number from played),
        codes as (
            select number, county_id as code from numbered union select number, county_code from numbered
        ),
        listed as (select unnest($1::varchar[]) as drawn, generate_subscripts($1::varchar[], 1) - 1 as place)
        select c.number, c.code, k.range as copy, l.drawn
        from codes as c cross join range({copies}) as k
        left join listed as l on l.place = k.range * (select max(number) + 1 from numbered) + c.number
        """,
        [counties],
    )
    ((made,),) = connection.execute("select count(distinct (number, copy)) from pair").fetchall()
    return int(made)


def _draw_table(connection: duckdb.DuckDBPyConnection, source: str, table: str, drawing: Drawing) -> None:
    columns = connection.execute(
        "select column_name, data_type, comment from duckdb_columns()"
        " where database_name = ? and schema_name || '.' || table_name = ? order by column_index",
        [source, table],
    ).fetchall()
    names = [name for name, _, _ in columns]
    rows = f"select * from {source}.{table}"
    if {"month", "vintage", "area_kind"} <= set(names):
        rows = _with_months(rows, drawing.months)
    if table == _ATTEMPTS:
        rows = _with_nights(rows, drawing.nights)
    texts = [f'"{name}"' for name, type_, _ in columns if type_ == "VARCHAR"]
    told = [] if table in WHOLE - {_PLACES} else _columns_of_counties(connection, f"{source}.{table}", texts)
    if told:
        rows = _of_counties(rows, table, told, names)
    connection.execute(f"create table {table} as {rows}")
    for name, _, text in columns:
        if text:
            comment_on(connection, f'column {table}."{name}"', text)


def _columns_of_counties(connection: duckdb.DuckDBPyConnection, table: str, texts: list[str]) -> list[str]:
    """Those of some text columns, all quoted, that hold codes or keys of the played counties, in their order."""
    if not texts:
        return []
    shares = ", ".join(
        f"avg(case when {name} is not null then"
        f" cast(regexp_matches({name}, '{_COUNTY}') and {_is_code(name)} as integer) end)"
        for name in texts
    )
    (found,) = connection.execute(f"select {shares} from {table}").fetchall()
    return [name for name, share in zip(texts, found, strict=True) if (share or 0) > _FEW]


def _with_months(rows: str, months: int) -> str:
    """The figures again as those that were cut in each month before."""
    return f"""
        {rows} union all
        select * exclude (back)
            replace (cast(month - to_months(cast(back as integer)) as date) as month, 'cut' as vintage)
        from ({rows} where vintage = 'running') cross join range(1, {months + 1}) as before (back)
    """


def _with_nights(rows: str, nights: int) -> str:
    """The attempts again as those of each night before."""
    return f"""
        {rows} union all
        select * exclude (back) replace (
            attempt_id || '-' || back as attempt_id, cast(night - cast(back as integer) as date) as night,
            arrived_at - to_days(cast(back as integer)) as arrived_at,
            known_at - to_days(cast(back as integer)) as known_at
        )
        from ({rows}) cross join range(1, {nights + 1}) as before (back)
    """


def _of_counties(rows: str, table: str, told: list[str], names: list[str]) -> str:
    """The rows of no county as they are, and each other row once for each county that is drawn of its own."""
    anchor = "coalesce(" + ", ".join(f"case when {_is_code(name)} then left({name}, 6) end" for name in told) + ")"
    if table == _PLACES:  # counties are all there, villages and townships those of the played ones
        anchor = "case when length(place_code) > 6 then left(place_code, 6) end"
    marked = [
        f"case when left({name}, 6) in o.codes then '{_MARK}' || substr({name}, 7) else {name} end as {name}"
        for name in told
    ]
    drawn = [
        f"case when starts_with({name}, '{_MARK}') then p.drawn || substr({name}, 2) else {name} end as {name}"
        for name in told
    ]
    drawn += [f'left(p.drawn, {digits}) as "{name}"' for name, digits in _DIGITS.items() if name in names]
    return f"""
        with rows as (select *, {anchor} as anchor from ({rows})),
        owners as (
            select owner.code, any_value(owner.number) as pair_number, list(distinct same.code) as codes
            from pair as owner inner join pair as same on owner.number = same.number group by owner.code
        ),
        marked as materialized (
            select r.* exclude (anchor) replace ({", ".join(marked)}), o.pair_number
            from rows as r inner join owners as o on r.anchor = o.code
        ),
        drawn as (select distinct number, copy, drawn from pair)
        select r.* exclude (pair_number) replace ({", ".join(drawn)})
        from marked as r inner join drawn as p on r.pair_number = p.number
        union all
        select * exclude (anchor) from rows where anchor is null or anchor not in (select code from pair)
    """


def _is_code(name: str) -> str:
    return f"left({name}, 6) in (select code from pair)"
