"""From the texts of a dataset's files to rows: set-based, in memory, with forbidden columns never selected.

Every row keeps the number that a clerk's spreadsheet shows. A row with more cells than the header keeps none of its
values, since they would stand under the wrong names; nor does a row of which a merged cell leaves open what is whose,
or whose id a spreadsheet has cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import duckdb

from include.contract import Column, Contract
from include.duck import insert_rows
from include.intake.cells import UNIT
from include.intake.free_text import reaches_a_person
from include.intake.headers import Header
from include.intake.identity import Chain, identity_sql
from include.intake.lines import ANOTHER_HEADER, TOO_MANY_COLUMNS, cells_sql, lines_sql
from include.intake.long_numbers import HOLDS_RESIDENT, RESIDENT_DIGITS

CHUNK_CHARACTERS = 16 << 20
"""Text handed to one statement: DuckDB keeps the lists of all its lines in memory at once."""
_MOSTLY_RAGGED = 0.5
_RAGGED_FROM_ROWS = 10
"""A file is refused as ragged only where there are rows enough to tell a wrong header from a stray comma."""

_EXACT = "decimal(29, 16)"


@dataclass(frozen=True)
class SourceFile:
    """One file of a dataset, decoded and with its header matched."""

    attempt_id: str
    submitter: str
    file: str
    text: str
    """Only UNCLEAR of the marks of cells.py is left in it."""
    header: Header
    head_lines: tuple[str, ...] = ()
    """The lines above the data that say something; where they stand again, a page of a printed form begins."""
    header_line: str = ""
    untyped: bool = False
    """True for a file of text, in which nothing tells an id that was cut from one that was written so."""


@dataclass
class FileCount:
    """What one file held: rows received, rows of layout by what they are, and the rule that refuses the file."""

    received: int = 0
    layout: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    refusal: str | None = None


def lake_columns_sql(contract: Contract) -> str:
    """Names and types of lake/read/<dataset>, as in a CREATE TABLE."""
    names = [
        "submitter varchar",
        "attempt_id varchar",
        "night date",
        "file varchar",
        '"row" bigint',
        "unreadable varchar",
        "masked_columns varchar[]",
        *(f'"{column.name}" varchar' for column in contract.lake_columns),
    ]
    if hashed_column(contract):
        names += [
            "person_key varchar",
            "identity_check varchar",
            "identity_birth_agrees boolean",
            "identity_sex_agrees boolean",
        ]
    return ", ".join(names)


def hashed_column(contract: Contract) -> Column | None:
    """The dataset's resident number column, if it has one."""
    return next((column for column in contract.columns if column.hashed), None)


def read_table_name(dataset: str) -> str:
    """The in-memory table that `read_dataset` fills."""
    return f"read_{dataset}"


def read_dataset(
    connection: duckdb.DuckDBPyConnection, contract: Contract, sources: list[SourceFile], night: date, keys: Chain
) -> dict[tuple[str, str], FileCount]:
    """Fill the in-memory table of a dataset with the rows of its files; returns counts by (attempt_id, file).

    The macros of identity.py and typed.py must be installed. A file of which most rows are ragged, or that has
    another table below the first, leaves no row behind.
    """
    table = read_table_name(contract.name)
    connection.execute(f"create or replace table {table} ({lake_columns_sql(contract)})")
    if not sources:
        return {}
    counts = {(source.attempt_id, source.file): FileCount(skipped=_above(source)) for source in sources}
    for chunk in _chunks(sources):
        _read_chunk(connection, contract, chunk, night, keys, counts)
    _mask_numbers(connection, contract, night)
    _complete(connection, table, sources, counts)
    return counts


def _chunks(sources: list[SourceFile]) -> Iterator[list[SourceFile]]:
    """Files of one header signature, in portions of about CHUNK_CHARACTERS."""
    by_signature: dict[tuple[object, ...], list[SourceFile]] = {}
    for source in sources:
        header = source.header
        by_signature.setdefault((header.columns, header.width, header.converted), []).append(source)
    for same in by_signature.values():
        chunk: list[SourceFile] = []
        size = 0
        for source in same:
            if chunk and size + len(source.text) > CHUNK_CHARACTERS:
                yield chunk
                chunk, size = [], 0
            chunk.append(source)
            size += len(source.text)
        yield chunk


def _read_chunk(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    chunk: list[SourceFile],
    night: date,
    keys: Chain,
    counts: dict[tuple[str, str], FileCount],
) -> None:
    header = chunk[0].header
    connection.execute(
        """create or replace temp table raw (submitter varchar, attempt_id varchar, file varchar, first_row bigint,
            head_lines varchar[], header_line varchar, untyped boolean, text varchar)"""
    )
    rows = [
        (s.submitter, s.attempt_id, s.file, s.header.first_data_row, list(s.head_lines), _squeezed(s.header_line),
         s.untyped, s.text)
        for s in chunk
    ]  # fmt: skip
    insert_rows(connection, "raw", rows)
    hashed = hashed_column(contract)
    parameters: dict[str, object] = {"night": night}
    if hashed and hashed.name in dict(header.columns):
        parameters |= keys.parameters
    inserted = connection.execute(
        f"insert into {read_table_name(contract.name)} {_rows_sql(contract, header, keys)}", parameters
    ).fetchone()
    lines = [s.text.count("\n") + 2 - s.header.first_data_row for s in chunk]
    if inserted and inserted[0] < sum(lines):
        # Counted only where there is something: a clean file is gone through once.
        _keep_files_with_layout(connection, read_table_name(contract.name), lines)
        kinds = connection.execute(
            f"""select attempt_id, file, kind, count(*) from ({lines_sql(contract, header)})
            where kind is not null group by all order by all"""
        ).fetchall()
        for attempt_id, file, kind, number in kinds:
            counts[attempt_id, file].skipped[kind] = counts[attempt_id, file].skipped.get(kind, 0) + number
    connection.execute("drop table raw")


def _keep_files_with_layout(connection: duckdb.DuckDBPyConnection, table: str, lines: list[int]) -> None:
    """Take out of `raw` the files of which every line below the header became a row; `lines` counts these lines."""
    rows = connection.execute(
        f"""select r.rowid, count(t.attempt_id) from raw r left join {table} t using (attempt_id, file) group by all"""
    ).fetchall()
    whole = [place for place, number in rows if number >= lines[place]]
    connection.execute("delete from raw where rowid in (select unnest($whole::bigint[]))", {"whole": whole})


def _squeezed(line: str) -> str:
    return "".join(line.split(" ")).lower().rstrip(UNIT)


def _converted_sql(source: str, header: Header) -> str:
    """The rows with figures of another unit in the contract's; one that is no number keeps the unit, to be refused."""
    for column, unit, factor in ((f'"{c.column}"', c.unit, c.factor) for c in header.converted):
        exact = f"try_cast(tf_plain(tf_digits(bare)) as {_EXACT})"
        figure = rf"regexp_replace(cast({exact} * cast({factor} as decimal(9, 0)) as varchar), '\.?0+$', '')"
        source = f"""(select * exclude (bare) replace (
                case when bare is null then {column} else coalesce({figure}, {column} || '{unit}') end as {column})
            from (select * exclude (valued), tf_bare(valued) as bare
                from (select * exclude (sent), tf_value(sent) as valued
                    from (select *, tf_text({column}) as sent from {source}))))"""
    return source


def _rows_sql(contract: Contract, header: Header, keys: Chain) -> str:
    """Rows as the lake keeps them; takes $night and, where the file has the hashed column, the keys' parameters."""
    places = dict(header.columns)
    hashed = hashed_column(contract)
    sent = [column for column in contract.columns if column.name in places]
    cells = ((f"c[{places[column.name]}]", column.name) for column in sent)
    values = ", ".join(f"nullif(if(has_space, trim({cell}), {cell}), '') as \"{name}\"" for cell, name in cells)
    kept = ", ".join(
        f'"{column.name}"' if column.name in places else f'null::varchar as "{column.name}"'
        for column in contract.lake_columns
    )
    identity, source = "", _converted_sql("sent", header)
    if hashed and hashed.name in places:
        birth = "birth_date" if "birth_date" in places else None
        sex = "sex" if "sex" in places else None
        identity = """, person_key, case when unreadable is null then identity_check end,
            identity_birth_agrees, identity_sex_agrees"""
        source = f"({identity_sql(source, hashed.name, birth, sex, keys)})"
    elif hashed:
        identity = ", null, case when unreadable is null then 'missing' end, null, null"
    return f"""
        with sent as (
            select submitter, attempt_id, file, "row", unreadable, {values} from ({cells_sql(contract, header)})
        )
        select submitter, attempt_id, $night::date, file, "row",
            unreadable, []::varchar[], {kept}{identity}
        from {source}
    """


def _mask_numbers(connection: duckdb.DuckDBPyConnection, contract: Contract, night: date) -> None:
    """Empty every cell that holds a whole valid resident number where none belongs, and keep its column's name.

    So too every text written by hand that names or reaches a person (free_text.py).
    """
    table = read_table_name(contract.name)
    names = [column.name for column in contract.lake_columns]
    texts = ", ".join(f'"{name}"' for name in names)
    cells = ", ".join(f"{{'place': {place}, 'name': '{name}', 'v': \"{name}\"}}" for place, name in enumerate(names))
    written = [f"'{column.name}'" for column in contract.lake_columns if column.free_text]
    by_hand = f"cell.name in ({', '.join(written)}) and {reaches_a_person('cell.v')}" if written else "false"
    # One look at the whole row spares almost every row the look at each cell.
    long = " or ".join(f'strlen("{name}") >= {RESIDENT_DIGITS}' for name in names)
    worth_a_look = (
        "true" if written else f"({long}) and regexp_matches(concat_ws(chr(31), {texts}), '{HOLDS_RESIDENT}')"
    )
    connection.execute(
        f"""create or replace temp table masked as
        select attempt_id, file, "row", list(cell.name order by cell.place) as names from (
            select attempt_id, file, "row", unnest([{cells}]) as cell from {table} where {worth_a_look}
        ) where tm_holds_number(cell.v, ?::date) or ({by_hand}) group by attempt_id, file, "row" """,
        [night],
    )
    found = connection.execute("select distinct unnest(names) from masked order by all").fetchall()
    where = f'm.attempt_id = {table}.attempt_id and m.file = {table}.file and m."row" = {table}."row"'
    if found:
        connection.execute(f"update {table} set masked_columns = m.names from masked m where {where}")
    for (name,) in found:
        connection.execute(
            f"update {table} set \"{name}\" = null from masked m where {where} and list_contains(m.names, '{name}')"
        )
    connection.execute("drop table masked")


def _above(source: SourceFile) -> dict[str, int]:
    """Rows above the data by what they are."""
    header = source.header
    kinds = {"title": header.row - header.rows, "units": header.unit_rows}
    return {kind: number for kind, number in kinds.items() if number}


def _complete(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    sources: list[SourceFile],
    counts: dict[tuple[str, str], FileCount],
) -> None:
    rows = connection.execute(
        f"""select attempt_id, file, count(*), count_if(unreadable is not distinct from '{TOO_MANY_COLUMNS}')
        from {table} group by attempt_id, file"""
    ).fetchall()
    received = {(attempt_id, file): (count, ragged) for attempt_id, file, count, ragged in rows}
    for source in sources:
        where = (source.attempt_id, source.file)
        received_rows, ragged = received.get(where, (0, 0))
        count = counts[where]
        # Every line is a row, the header, or layout.
        count.layout = source.text.count("\n") + 1 - source.header.rows - received_rows
        if ANOTHER_HEADER in count.skipped:
            count.refusal = "file-more-than-one-table"
        elif received_rows >= _RAGGED_FROM_ROWS and ragged > _MOSTLY_RAGGED * received_rows:
            count.refusal = "file-ragged"
        count.received = 0 if count.refusal else received_rows
        if count.refusal:
            connection.execute(f"delete from {table} where attempt_id = ? and file = ?", where)
