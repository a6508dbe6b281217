"""The floor's reading: a country's files straight into typed tables, by DuckDB's own CSV reader.

Nothing is archived, told or refused: a file whose heading is not in its first row is left out, and counted.
The tables have the columns that the rules' predicates name, so that the rules are the catalogue's own.
"""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from datetime import date
from pathlib import Path

import duckdb
from python_calamine import CalamineWorkbook

from include.clocks import known_at
from include.contract import Column, Contract, code_lists, contracts
from include.contract.model import normalise_header
from include.intake.identity import Chain, identity_sql, install_macros
from include.intake.submitters import county_ids
from include.intake.typed import empty_query, row_key_sql
from include.rules.facts import load_facts

Header = tuple[str, ...]

_YES, _NO = ("是", "true"), ("否", "false")
_SUBMITTER = "parse_path(filename)[-2]"


def read_country(
    connection: duckdb.DuckDBPyConnection, packages: Path, night: date, keys: Chain, scratch: Path
) -> dict[str, int]:
    """Make typed_<dataset> for every dataset of the submitters' folders in `packages`; returns counts.

    `scratch` takes UTF-8 copies of files that DuckDB cannot read as they are.
    """
    load_facts(connection)
    install_macros(connection)
    ids = county_ids()
    senders = {
        folder.name: json.loads((folder / "manifest.json").read_bytes()) for folder in sorted(packages.iterdir())
    }
    connection.execute(
        """create temp table attempts as
        select unnest($submitters) as submitter, submitter as attempt_id, unnest($counties) as county_id,
            unnest($kinds) as kind, if(submitter in (select unnest($known)), 'county', 'other') as submitter_kind,
            1 as number, $night::date as night, $night::date as as_of, $known_at::timestamp as known_at, 1 as round""",
        {
            "submitters": list(senders),
            "counties": [ids.get(name, name) for name in senders],
            "kinds": [manifest["kind"] for manifest in senders.values()],
            "known": list(ids),
            "night": night,
            "known_at": known_at(night),
        },
    )
    files: dict[str, list[Path]] = defaultdict(list)
    for name, manifest in senders.items():
        for listed in manifest["files"]:
            files[listed["dataset"]].append(packages / name / listed["path"])
    counts = {"files": 0, "files left out": 0, "rows": 0}
    for contract in contracts().values():
        read, rows = _read_dataset(connection, contract, files[contract.name], night, keys, scratch)
        counts["files"] += read
        counts["files left out"] += len(files[contract.name]) - read
        counts["rows"] += rows
    return counts


def _read_dataset(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    paths: list[Path],
    night: date,
    keys: Chain,
    scratch: Path,
) -> tuple[int, int]:
    """Fill typed_<dataset>; returns how many files were read, and how many rows."""
    groups: dict[Header, list[str]] = defaultdict(list)
    for path in paths:
        plain, header = _plain(path, scratch)
        if set(contract.key) <= {contract.headers.get(normalise_header(cell), "") for cell in header}:
            groups[header].append(str(plain))
    connection.execute(f"create temp table typed_{contract.name} as {empty_query(contract)}")
    connection.execute(f"alter table typed_{contract.name} add column _reject varchar")
    for header, group in groups.items():
        query, hashes = _typed_sql(contract, header, keys)
        values: dict[str, object] = {"paths": group, "columns": dict.fromkeys(_unique(header), "VARCHAR")}
        if hashes:
            values |= {"night": night, **keys.parameters}
        connection.execute(f"insert into typed_{contract.name} by name {query}", values)
    rows = connection.execute(f"select count(*) from typed_{contract.name}").fetchone()
    return sum(map(len, groups.values())), int(rows[0]) if rows else 0


def _plain(path: Path, scratch: Path) -> tuple[Path, Header]:
    """The file itself or a copy as CSV in UTF-8, and its first row."""
    data = path.read_bytes()
    copy = scratch / path.parent.name / f"{path.stem}.csv"
    copy.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".xlsx":
        rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
        with copy.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        return copy, tuple(str(cell) for cell in rows[0])
    try:
        text, plain = data.decode("utf-8-sig"), path
    except UnicodeDecodeError:
        text, plain = data.decode("gb18030"), copy
        copy.write_text(text, encoding="utf-8", newline="")
    return plain, tuple(next(csv.reader([text.split("\n", 1)[0].strip("\r")])))


def _unique(header: Header) -> list[str]:
    """Names for the columns of a file, which may say the same twice."""
    return [f"c{place}" for place, _ in enumerate(header)]


def _typed_sql(contract: Contract, header: Header, keys: Chain) -> tuple[str, bool]:
    """A query from files of one header to the columns of typed_<dataset>, and whether it takes the keys."""
    place = {contract.headers.get(normalise_header(cell)): f"c{at}" for at, cell in enumerate(header)}
    sent = {
        column.name: f"nullif(trim({place[column.name]}), '')" for column in contract.columns if column.name in place
    }
    texts = ", ".join(f'{text} as "{name}"' for name, text in sent.items())
    raw = f"""(select {_SUBMITTER} as attempt_id, {texts}
        from read_csv($paths, columns = $columns, header = true, auto_detect = false, delim = ',', quote = '"',
            escape = '"', filename = true, null_padding = true, ignore_errors = true))"""
    number = next((column.name for column in contract.columns if column.hashed and column.name in sent), None)
    if number:
        birth, sex = ('"birth_date"' if "birth_date" in sent else None), ('"sex"' if "sex" in sent else None)
        raw = "(" + identity_sql(raw, f'"{number}"', birth, sex, keys) + ")"
    columns = [column for column in contract.lake_columns if column.name in sent]
    values = ", ".join(f'{_value(column)} as "v_{column.name}"' for column in columns)
    unread = ", ".join(f'if("{c.name}" is not null and "v_{c.name}" is null, \'{c.name}\', null)' for c in columns)
    kept = ["person_key", "identity_check", "identity_birth_agrees", "identity_sex_agrees"] if number else []
    values_out = [f'"v_{c.name}" as "{c.name}"' for c in columns if c.name != "operation"]
    operation = "coalesce(v_operation, 'upsert')" if "operation" in sent else "'upsert'"
    county = "county_id || '-' || v_household_id as household_key," if contract.has("household_id") else ""
    return (
        f"""select *, {row_key_sql(contract, "x")} as _row_key from (
            select a.submitter, a.county_id, attempt_id, a.number, a.night, a.as_of, a.known_at, {county}
                {", ".join([*values_out, *kept])}, {operation} as operation, 1 as _round,
                list_filter([{unread}]::varchar[], lambda c: c is not null) as _faulty
            from (select *, {values} from {raw}) join attempts a using (attempt_id)) x""",
        number is not None,
    )


def _value(column: Column) -> str:
    """A column's typed value; NULL where DuckDB cannot cast it or the list does not have the code."""
    text = f'"{column.name}"'
    if column.code_list and not column.max_items:
        codes = ", ".join(f"'{code}'" for code in code_lists()[column.code_list].values())
        return f"if(list_contains([{codes}], {text}), {text}, null)"
    if column.type == "date":
        forms = "['%Y-%m-%d', '%Y/%m/%d', '%Y年%m月%d日']"
        return f"cast(try_strptime({text}, {forms}) as date)"
    if column.type == "boolean":
        return f"case when {text} in {_YES} then true when {text} in {_NO} then false end"
    if column.type in ("integer", "number"):
        return f"try_cast(replace({text}, ',', '') as {column.physical_type})"
    return text
