"""From the texts of a dataset's files to rows: set-based, in memory, with forbidden columns never selected.

Every row keeps the number that a clerk's spreadsheet shows. A row with more cells than the header keeps none of its
values, since they would stand under the wrong names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import duckdb

from include.contract import Column, Contract
from include.duck import insert_rows
from include.intake.headers import Header
from include.intake.identity import LONG_NUMBER, Chain, identity_sql
from include.intake.tables import UNIT

CHUNK_CHARACTERS = 16 << 20
"""Text handed to one statement: DuckDB keeps the lists of all its lines in memory at once."""
TOO_MANY_COLUMNS = "too_many_columns"

_MOSTLY_RAGGED = 0.5
_RAGGED_FROM_ROWS = 10
"""A file is refused as ragged only where there are rows enough to tell a wrong header from a stray comma."""

_TOTAL = r"(合\s*计|总\s*计|小\s*计|共\s*计|(grand )?total|sub-?total)"
# Nothing but the word for a total in the first cell: layout, whatever stands under the key (often a count).
_TOTAL_ROW = rf"(?i)^[\s\x{{1F}}]*{_TOTAL}[\s:：]*(\x{{1F}}|$)"
# A foot of a form, where the key is empty: totals, notes, who filled it in. Words that begin a village's name as well
# need their colon.
_FOOT = (
    rf"(?i)^[\s\x{{1F}}]*({_TOTAL}|(注|说明)\s*(\d*[:：、.]|$|\x{{1F}})|备注[:：]|制表|填表|填报(人|单位|日期)"
    r"|审核(人|单位|日期)?[:：]|单位负责人|notes?\b)"
)


@dataclass(frozen=True)
class SourceFile:
    """One file of a dataset, decoded and with its header matched."""

    attempt_id: str
    submitter: str
    file: str
    text: str
    header: Header


@dataclass(frozen=True)
class FileCount:
    """What one file held: rows received, rows of layout, and whether it is refused as ragged."""

    received: int
    layout: int
    ragged: bool


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

    The macros of identity.py must be installed. A file of which most rows are ragged leaves no row behind.
    """
    table = read_table_name(contract.name)
    connection.execute(f"create or replace table {table} ({lake_columns_sql(contract)})")
    if not sources:
        return {}
    for chunk in _chunks(sources):
        _read_chunk(connection, contract, chunk, night, keys)
    _mask_numbers(connection, contract, night)
    return _counts(connection, table, sources)


def _chunks(sources: list[SourceFile]) -> Iterator[list[SourceFile]]:
    """Files of one header signature, in portions of about CHUNK_CHARACTERS."""
    by_signature: dict[tuple[object, ...], list[SourceFile]] = {}
    for source in sources:
        by_signature.setdefault((source.header.columns, source.header.width), []).append(source)
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
    connection: duckdb.DuckDBPyConnection, contract: Contract, chunk: list[SourceFile], night: date, keys: Chain
) -> None:
    header = chunk[0].header
    connection.execute(
        "create or replace temp table raw "
        "(submitter varchar, attempt_id varchar, file varchar, first_row bigint, text varchar)"
    )
    insert_rows(
        connection, "raw", [(s.submitter, s.attempt_id, s.file, s.header.first_data_row, s.text) for s in chunk]
    )
    hashed = hashed_column(contract)
    parameters: dict[str, object] = {"night": night}
    if hashed and hashed.name in dict(header.columns):
        parameters |= keys.parameters
    connection.execute(f"insert into {read_table_name(contract.name)} {_rows_sql(contract, header, keys)}", parameters)
    connection.execute("drop table raw")


def _cells_sql(contract: Contract, header: Header) -> str:
    """The cells of every row that is not layout (none of a row that has a cell too many)."""
    first_key = contract.column(contract.key[0])
    key = f"lower(trim(c[{dict(header.columns)[first_key.name]}]))"
    own_names = f"('{first_key.name.lower()}', '{first_key.zh}')"
    return f"""
        select * exclude (c, line, is_ragged), is_ragged, case when not is_ragged then c end as c
        from (
            select *, len(c) > {header.width} and array_to_string(c[{header.width + 1}:], '') not similar to '[ ]*'
                as is_ragged
            from (
                select *, string_split(line, '{UNIT}') as c
                from (
                    select submitter, attempt_id, file, first_row, unnest(lines) as line,
                        unnest(range(1, len(lines) + 1)) as "row"
                    from (select *, string_split(text, chr(10)) as lines from raw)
                )
                where "row" >= first_row and regexp_matches(line, '[^ {UNIT}]')
                    and not regexp_matches(line, '{_TOTAL_ROW}')
            )
        )
        where coalesce({key}, '') not in {own_names}
            and not (regexp_matches(line, '{_FOOT}')
                and (coalesce({key}, '') = '' or regexp_matches({key}, '{_FOOT}')))
    """


def _rows_sql(contract: Contract, header: Header, keys: Chain) -> str:
    """Rows as the lake keeps them; takes $night and, where the file has the hashed column, the keys' parameters."""
    places = dict(header.columns)
    hashed = hashed_column(contract)
    sent = [column for column in contract.columns if column.name in places]
    values = ", ".join(f"nullif(trim(c[{places[column.name]}]), '') as \"{column.name}\"" for column in sent)
    kept = ", ".join(
        f'"{column.name}"' if column.name in places else f'null::varchar as "{column.name}"'
        for column in contract.lake_columns
    )
    identity, source = "", "sent"
    if hashed and hashed.name in places:
        birth = "birth_date" if "birth_date" in places else None
        sex = "sex" if "sex" in places else None
        identity = """, person_key, case when not is_ragged then identity_check end,
            identity_birth_agrees, identity_sex_agrees"""
        source = f"({identity_sql('sent', hashed.name, birth, sex, keys)})"
    elif hashed:
        identity = ", null, case when not is_ragged then 'missing' end, null, null"
    return f"""
        with sent as (
            select submitter, attempt_id, file, "row", is_ragged, {values} from ({_cells_sql(contract, header)})
        )
        select submitter, attempt_id, $night::date, file, "row",
            case when is_ragged then '{TOO_MANY_COLUMNS}' end, []::varchar[], {kept}{identity}
        from {source}
    """


def _mask_numbers(connection: duckdb.DuckDBPyConnection, contract: Contract, night: date) -> None:
    """Empty every cell that holds a whole valid resident number where none belongs, and keep its column's name."""
    table = read_table_name(contract.name)
    names = [column.name for column in contract.lake_columns]
    texts = ", ".join(f'"{name}"' for name in names)
    cells = ", ".join(f"{{'place': {place}, 'name': '{name}', 'v': \"{name}\"}}" for place, name in enumerate(names))
    # One look at the whole row spares almost every row the look at each cell.
    connection.execute(
        f"""create or replace temp table masked as
        select attempt_id, file, "row", list(cell.name order by cell.place) as names from (
            select attempt_id, file, "row", unnest([{cells}]) as cell from {table}
            where regexp_matches(concat_ws(chr(31), {texts}), '{LONG_NUMBER}')
        ) where tm_holds_number(cell.v, ?::date) group by attempt_id, file, "row" """,
        [night],
    )
    where = f'm.attempt_id = {table}.attempt_id and m.file = {table}.file and m."row" = {table}."row"'
    connection.execute(f"update {table} set masked_columns = m.names from masked m where {where}")
    found = connection.execute("select distinct unnest(names) from masked order by all").fetchall()
    for (name,) in found:
        connection.execute(
            f"update {table} set \"{name}\" = null from masked m where {where} and list_contains(m.names, '{name}')"
        )
    connection.execute("drop table masked")


def _counts(
    connection: duckdb.DuckDBPyConnection, table: str, sources: list[SourceFile]
) -> dict[tuple[str, str], FileCount]:
    rows = connection.execute(
        f"select attempt_id, file, count(*), count(unreadable) from {table} group by attempt_id, file"
    ).fetchall()
    received = {(attempt_id, file): (count, ragged) for attempt_id, file, count, ragged in rows}
    counts: dict[tuple[str, str], FileCount] = {}
    for source in sources:
        where = (source.attempt_id, source.file)
        count, ragged = received.get(where, (0, 0))
        refused = count >= _RAGGED_FROM_ROWS and ragged > _MOSTLY_RAGGED * count
        if refused:
            connection.execute(f"delete from {table} where attempt_id = ? and file = ?", where)
        # Every line is a row, the header, or layout.
        layout = source.text.count("\n") - count
        counts[where] = FileCount(0 if refused else count, layout, refused)
    return counts
