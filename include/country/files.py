"""Writes one dataset of one office as the office would: CSV in its encoding, or xlsx."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import xlsxwriter

from include.contract import Column, contract
from include.country.habits import FORBIDDEN, XLSX_MAX_ROWS, Habit, as_text
from include.country.identity import check_index
from include.country.layout import typed_select
from include.country.tables import NULL, Ints, Table, length

_FIXED = datetime(2026, 1, 1)  # noqa: DTZ001 - xlsx keeps no zone


@dataclass
class Edits:
    """Planted changes of one file, by data row (0 is the first row below the header)."""

    cells: list[tuple[int, str, str]] = field(default_factory=list)
    """Data row, column name, the text to put there."""
    copies: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Data row to append once more at the end, with other texts in some columns."""
    extra_cells: list[tuple[int, str]] = field(default_factory=list)
    """Data row of a CSV that gets one more cell at its end."""
    notes: list[str] = field(default_factory=list)
    """Lines after the last row (totals, remarks): layout, not data."""


@dataclass(frozen=True)
class Written:
    """A file as the manifest tells it."""

    dataset: str
    path: str
    rows: int
    sha256: str


def register_raw(connection: duckdb.DuckDBPyConnection, table: Table, names: list[str] | None = None) -> None:
    """Make a table visible to SQL as `raw`, with the resident number's check digit worked out."""
    columns: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]] = dict(table)
    if "resident_17" in table:
        number = table["resident_17"]
        columns["resident_check"] = check_index(np.where(number == NULL, 0, number))
    if names is not None:
        columns["unit_name"] = np.array(names, dtype=object)
    connection.register("raw", columns)


def _headers(habit: Habit, columns: tuple[Column, ...]) -> list[str]:
    return [c.zh if habit.chinese_headers else c.name for c in columns]


def text_select(dataset: str, habit: Habit) -> tuple[str, list[str], list[str]]:
    """SELECT of the file's cells as text out of `raw`; the columns' names; the cells of the header."""
    columns = contract(dataset).columns
    cells = [
        (c.name, as_text(habit, c, expression))
        for c, (_, expression) in zip(columns, typed_select(dataset), strict=True)
    ]
    headers = _headers(habit, columns)
    if habit.forbidden:
        cells += FORBIDDEN.get(dataset, ())
        headers += [header for header, _ in FORBIDDEN.get(dataset, ())]
    select = ", ".join(f'{expression} as "{name}"' for name, expression in cells)
    return f"select {select} from raw", [name for name, _ in cells], headers


def _apply(connection: duckdb.DuckDBPyConnection, select: str, edits: Edits) -> str:
    """The SELECT with planted cells and copies; rows keep their order, copies come last."""
    connection.execute(
        f"create or replace temp table edited as select row_number() over () - 1 as file_row, * from ({select})"
    )
    names = [c[0] for c in connection.execute("describe edited").fetchall()][1:]
    rows = connection.execute("select count(*) from edited").fetchone()
    at = rows[0] if rows else 0
    for source, changed in edits.copies:
        kept = ", ".join("?" if name in changed else f'"{name}"' for name in names)
        values = [changed[name] for name in names if name in changed]
        connection.execute(f"insert into edited select {at}, {kept} from edited where file_row = {source}", values)
        at += 1
    for row, column, text in edits.cells:
        connection.execute(f'update edited set "{column}" = ? where file_row = ?', [text or None, row])
    return "select * exclude (file_row) from edited order by file_row"


def _csv_bytes(
    connection: duckdb.DuckDBPyConnection,
    select: str,
    headers: list[str],
    habit: Habit,
    edits: Edits | None,
    scratch: Path,
) -> bytes:
    connection.execute(f"copy ({select}) to '{scratch}' (format csv, header false, delimiter ',')")
    body = scratch.read_bytes()
    if edits and edits.extra_cells:
        lines = body.decode().splitlines()
        for row, text in edits.extra_cells:
            lines[row] += "," + text
        body = ("\n".join(lines) + "\n").encode()
    head = (",".join(headers) + "\n").encode()
    notes = "".join(line + "\n" for line in edits.notes).encode() if edits else b""
    data = head + body + notes
    if habit.crlf:
        data = data.replace(b"\n", b"\r\n")
    if habit.encoding != "utf-8":
        data = data.decode().encode(habit.encoding)
    return b"\xef\xbb\xbf" + data if habit.bom else data


def _write_xlsx(
    connection: duckdb.DuckDBPyConnection,
    select: str,
    headers: list[str],
    columns: tuple[Column, ...],
    edits: Edits | None,
    path: Path,
) -> None:
    """A workbook with fixed dates inside: same rows, same bytes. Ids are text, amounts are numbers."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False, "in_memory": True})
    book.set_properties({"title": "SYNTHETIC 模拟数据", "created": _FIXED})
    sheet = book.add_worksheet("数据")
    numeric = [i < len(columns) and columns[i].type in ("number", "integer") for i in range(len(headers))]
    sheet.write_row(0, 0, headers)
    at = 0
    for at, row in enumerate(connection.execute(select).fetchall(), start=1):
        for i, value in enumerate(row):
            if value is None:
                continue
            if numeric[i] and value.replace(".", "", 1).replace("-", "", 1).isdigit():
                sheet.write_number(at, i, float(value))
            else:
                sheet.write_string(at, i, value)
    for note in edits.notes if edits else ():
        at += 1
        for i, value in enumerate(note.split(",")):
            if value:
                sheet.write_string(at, i, value)
    book.close()


def write_dataset(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    dataset: str,
    table: Table,
    habit: Habit,
    edits: Edits | None = None,
    names: list[str] | None = None,
) -> Written:
    """Write a dataset's file into a package's folder; returns its line of the manifest. The table must have rows."""
    register_raw(connection, table, names)
    select, _, headers = text_select(dataset, habit)
    rows = length(table) + (len(edits.copies) if edits else 0)
    if edits:
        select = _apply(connection, select, edits)
    xlsx = habit.xlsx and dataset in ("households", "persons") and rows < XLSX_MAX_ROWS
    path = folder / f"{dataset}.{'xlsx' if xlsx else 'csv'}"
    if xlsx:
        _write_xlsx(connection, select, headers, contract(dataset).columns, edits, path)
        data = path.read_bytes()
    else:
        data = _csv_bytes(connection, select, headers, habit, edits, folder / f".{dataset}.part")
        (folder / f".{dataset}.part").unlink()
        path.write_bytes(data)
    connection.unregister("raw")
    return Written(dataset, path.name, rows, hashlib.sha256(data).hexdigest())


def rows_of_file(data_row: int | Ints) -> int:
    """Row as a clerk's spreadsheet shows it: the header is row 1."""
    return int(data_row) + 2
