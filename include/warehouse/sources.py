"""What dbt knows of the lake, written from the contract: sources.yml, the column lists, an empty file per source.

`python -m include.warehouse.sources` rewrites the two generated files of dbt_project; a test checks that they are
current. The empty file keeps a dataset that nobody has sent yet from breaking the build and fixes its types.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from textwrap import indent

import yaml

from include.contract import Contract, code_lists, contracts
from include.duck import connect, insert_rows
from include.files import write_aside, write_parquet
from include.home import Home
from include.intake import ledger, typed
from include.settings import Settings

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
SOURCES_YML = PROJECT / "models" / "staging" / "_lake__sources.yml"
COLUMNS_MACRO = PROJECT / "macros" / "contract_columns.sql"

_ORIGIN = {
    "submitter": ("VARCHAR", "Who sent the row: the inbox folder it arrived in"),
    "county_id": ("VARCHAR", "Stable id of the county, or the submitter's own code where it is no county"),
    "attempt_id": ("VARCHAR", "Attempt the row came with"),
    "number": ("INTEGER", "Number of the attempt among its submitter's, from 1"),
    "night": ("DATE", "Night whose intake took the row"),
    "file": ("VARCHAR", "File of the package"),
    "row": ("BIGINT", "1-based row of the file as a clerk's spreadsheet shows it"),
    "as_of": ("DATE", "Date the submitter speaks for"),
    "known_at": ("TIMESTAMP", "Cut-off of the night whose marts first used the row, Asia/Shanghai"),
}
PERSON_KEY = "person_key"
_IDENTITY = {
    PERSON_KEY: ("VARCHAR", "Keyed hash of the resident number; stays in the lake, no table is made with it"),
    "identity_check": ("VARCHAR", "What the check of the resident number found; ok, missing, length, ..."),
    "identity_birth_agrees": ("BOOLEAN", "The number's birth date equals the birth_date column"),
    "identity_sex_agrees": ("BOOLEAN", "The number's sex equals the sex column"),
}
_HELD = {
    "held_by": ("VARCHAR[]", "Rules that hold the row"),
    "provisional": ("BOOLEAN", "Its household was never accepted before"),
}


def _typed(text: str) -> dict[str, str]:
    """Columns written as "name TYPE, name TYPE" by name."""
    pairs = (column.split() for column in text.split(","))
    return {name: type_.upper() for name, type_ in pairs}


#: The lake's own tables: name of the folder, description, columns in the order of the files.
LEDGER: dict[str, tuple[str, dict[str, str]]] = {
    "attempts": ("One row is a package as received", _typed(ledger.ATTEMPTS)),
    "accounts": ("One row is an inbox account that was there on a night", _typed(ledger.ACCOUNTS)),
    "files": ("One row is a file of an attempt as it was read", _typed(ledger.FILES)),
    "verdicts": (
        "One row is SQL's decision on a county's attempt by one rule",
        _typed(
            "night DATE, submitter VARCHAR, county_id VARCHAR, attempt_id VARCHAR, rule VARCHAR, verdict VARCHAR, "
            "measured DOUBLE, threshold DOUBLE"
        ),
    ),
    "conservation": (
        "One row is an attempt's dataset with its received, accepted, held and rejected rows",
        _typed(
            "attempt_id VARCHAR, submitter VARCHAR, night DATE, dataset VARCHAR, received BIGINT, accepted "
            "BIGINT, held BIGINT, rejected BIGINT"
        ),
    ),
    "attempt_differences": (
        "One row is an attempt's dataset with what it changes beside what its office had accepted before",
        _typed(
            "attempt_id VARCHAR, submitter VARCHAR, county_id VARCHAR, night DATE, dataset VARCHAR, new_rows BIGINT, "
            "changed_rows BIGINT, unchanged_rows BIGINT, closed_rows BIGINT, held_rows BIGINT, rejected_rows BIGINT, "
            "absent_rows BIGINT"
        ),
    ),
    "attempt_states": (
        "One row is the state of an attempt after judging",
        _typed(
            "attempt_id VARCHAR, submitter VARCHAR, county_id VARCHAR, night DATE, state VARCHAR, received "
            "BIGINT, accepted BIGINT, held BIGINT, rejected BIGINT, reason VARCHAR"
        ),
    ),
    "gate_results": (
        "One row is a gate's check on a night",
        _typed(
            "night DATE, stage VARCHAR, suite VARCHAR, check_id VARCHAR, description VARCHAR, success BOOLEAN, "
            "observed VARCHAR, expected VARCHAR, unexpected BIGINT, severity VARCHAR, exception BOOLEAN, examples "
            "VARCHAR, todo VARCHAR"
        ),
    ),
    "alert_history": (
        "One row is an alert as it stood before a night",
        _typed(
            "night DATE, kind VARCHAR, subject VARCHAR, opened_night DATE, number INTEGER, signs VARCHAR, "
            "worst INTEGER, severity VARCHAR, route VARCHAR, state VARCHAR, last_seen_night DATE, "
            "last_told_night DATE, resolved_night DATE, seen INTEGER, sent INTEGER, silent INTEGER, "
            "end_told BOOLEAN, acted_on BOOLEAN"
        ),
    ),
    "release_decisions": (
        "One row is a person's decision on an attempt whose removals and exits a breaker holds",
        _typed(
            "county_id VARCHAR, attempt_id VARCHAR, answer VARCHAR, night DATE, decided_by VARCHAR, decided_at "
            "TIMESTAMP, reason VARCHAR"
        ),
    ),
    "released": (
        "One row is what a night took up of a released attempt's dataset",
        _typed("night DATE, county_id VARCHAR, attempt_id VARCHAR, dataset VARCHAR, rows BIGINT"),
    ),
    "withdrawals": (
        "One row is an attempt that a later package of its office takes back",
        _typed("night DATE, known_at TIMESTAMP, county_id VARCHAR, attempt_id VARCHAR, withdrawn_by VARCHAR"),
    ),
    "explained": (
        "One row is a finding that its office has explained, in the attempt where it was seen last, or has taken back",
        _typed(
            "night DATE, finding_id VARCHAR, attempt_id VARCHAR, mark VARCHAR, explained_by VARCHAR, "
            "explained_night DATE"
        ),
    ),
    "match_decisions": (
        "One row is a person's decision on a match between two households",
        _typed(
            "match_id VARCHAR, answer VARCHAR, belongs_to VARCHAR, counties VARCHAR[], findings VARCHAR[], silenced "
            "VARCHAR[], night DATE, decided_by VARCHAR, decided_at TIMESTAMP, reason VARCHAR"
        ),
    ),
    "removals": (
        "One row is what retention removed of one kind by one rule in one run",
        _typed("night DATE, run INTEGER, what VARCHAR, rule VARCHAR, files BIGINT, bytes BIGINT"),
    ),
}
_FINDING = _typed(
    "finding_id VARCHAR, rule VARCHAR, rule_version VARCHAR, severity VARCHAR, trial BOOLEAN, submitter "
    "VARCHAR, county_id VARCHAR, attempt_id VARCHAR, night DATE, dataset VARCHAR, file VARCHAR, row "
    "BIGINT, household_key VARCHAR, row_key VARCHAR, column VARCHAR, value_class VARCHAR, detail VARCHAR"
)
LEDGER["findings_receive"] = ("One row is a rule broken at the door", _FINDING)
LEDGER["findings_check"] = ("One row is a rule broken by a row, file or county", _FINDING | {"mark": "VARCHAR"})

#: Lists that the build writes from the code before dbt runs: lake/<name>.parquet.
LISTS: dict[str, tuple[str, dict[str, str]]] = {
    "code_lists": (
        "One row is a code of the contract's code lists, with its labels",
        _typed("list VARCHAR, version VARCHAR, code VARCHAR, label_zh VARCHAR, label_en VARCHAR"),
    ),
    "rules": (
        "One row is a rule of the catalogue of checks",
        _typed(
            "rule VARCHAR, version VARCHAR, severity VARCHAR, dataset VARCHAR, columns VARCHAR, kind VARCHAR, "
            "trial BOOLEAN, value_class VARCHAR, title_zh VARCHAR, title_en VARCHAR, mend_zh VARCHAR, mend_en "
            "VARCHAR, why VARCHAR, source VARCHAR"
        ),
    ),
}


@dataclass(frozen=True)
class Table:
    """One source table: where its files lie under the lake, and its columns as (type, description)."""

    kind: str
    dataset: str | None
    description: str
    columns: dict[str, tuple[str, str]]

    @property
    def folder(self) -> str:
        """Folder of the table relative to the lake."""
        return f"{self.kind}/{self.dataset}" if self.dataset else self.kind

    @property
    def stamp(self) -> str:
        """Short hash of the columns: a changed layout gets a new empty file."""
        text = ",".join(f"{name} {type_}" for name, (type_, _) in self.columns.items())
        return sha256(text.encode()).hexdigest()[:12]


def row_columns(contract: Contract, kind: str) -> dict[str, tuple[str, str]]:
    """Columns of lake/accepted or lake/held of a dataset, in order, as name: (type, description)."""
    columns = dict(_ORIGIN)
    if contract.has("household_id"):
        columns["household_key"] = ("VARCHAR", "The household's key: county_id and household_id")
    columns |= {c.name: (c.physical_type, c.description) for c in contract.lake_columns}
    if any(c.hashed for c in contract.columns):
        columns |= _IDENTITY
    return columns | (_HELD if kind == "held" else {})


def tables() -> list[Table]:
    """Every source table of the lake that dbt may read."""
    rows = [
        Table(kind, name, f"{contract.grain}; {kind} rows", row_columns(contract, kind))
        for kind in ("accepted", "held")
        for name, contract in contracts().items()
    ]
    ledger = [
        Table(name, None, description, {column: (type_, "") for column, type_ in columns.items()})
        for name, (description, columns) in LEDGER.items()
    ]
    return rows + ledger


def sources_yml() -> str:
    """Text of the generated sources file."""
    groups: dict[str, list[Table]] = {}
    for table in tables():
        groups.setdefault(table.kind if table.dataset else "ledger", []).append(table)
    sources = [
        {
            "name": group,
            "description": f"Parquet of the lake: {group}",
            "tables": [_source_table(table) for table in members],
        }
        for group, members in groups.items()
    ]
    sources.append(
        {
            "name": "lists",
            "description": "Lists that the build writes from the contract and the rules catalogue",
            "tables": [
                {
                    "name": name,
                    "description": description,
                    "config": {"meta": {"external_location": f"read_parquet('{_LAKE}/{name}.parquet')"}},
                    "columns": [{"name": column, "data_type": type_} for column, type_ in columns.items()],
                }
                for name, (description, columns) in LISTS.items()
            ],
        }
    )
    header = "# Generated from the contract by `python -m include.warehouse.sources`; do not edit.\n"
    text = yaml.safe_dump({"version": 2, "sources": sources}, sort_keys=False, allow_unicode=True, width=140)
    return header + text


_LAKE = "../lake"
"""The lake as seen from the warehouse's folder, in which dbt runs: a state folder may be moved, and what dbt parsed in
one holds in every other."""


def _source_table(table: Table) -> dict[str, object]:
    location = f"read_parquet('{_LAKE}/{table.folder}/*/*.parquet', union_by_name = true, hive_partitioning = false)"
    # Held rows have the columns of accepted rows; only what they add is listed again.
    columns = [
        {"name": name, "data_type": type_} | ({"description": text} if text else {})
        for name, (type_, text) in table.columns.items()
        if table.kind != "held" or name in _HELD
    ]
    return {
        "name": table.dataset or table.kind,
        "description": table.description,
        "config": {"meta": {"external_location": location}},
        "columns": columns,
    }


def columns_macro() -> str:
    """Text of the generated macros that give dbt each dataset's key and columns, and how findings name a row."""
    entries = []
    for name, contract in contracts().items():
        keys = ["household_key" if column == "household_id" else column for column in contract.key]
        # Who is no county speaks of households of other counties: its household_id is not in household_key.
        own = {"household_id"} if contract.submitted_by == ("county",) else set()
        common = {*own, *contract.key}
        values = [column.name for column in contract.lake_columns if column.name not in common]
        if any(column.hashed for column in contract.columns):
            values += [name for name in _IDENTITY if name != PERSON_KEY]  # the person key stays in the lake
        if contract.has("household_id") and "household_key" not in keys:
            values = ["household_key", *values]
        entries.append(f"'{name}': {{\n    'key': {keys!r},\n    'columns': {_wrapped(values)}\n}}")
    body = indent(",\n".join(entries), "    ")
    row_keys = indent(",\n".join(f"'{n}': {typed.row_key_sql(c, 'sent')!r}" for n, c in contracts().items()), "    ")
    return (
        "{# Generated from the contract by `python -m include.warehouse.sources`; do not edit.\n"
        "   Key and business columns of each dataset as the warehouse knows them; a county's\n"
        "   household_id is in household_key. #}\n"
        "{% macro contract_columns(dataset) %}\n"
        "{% set all = {\n" + body + "\n} %}\n"
        "{{ return(all[dataset]) }}\n"
        "{% endmacro %}\n"
        "\n"
        "{# How findings name a row of each dataset in row_key: SQL over the lake's rows as `sent`. #}\n"
        "{% macro contract_row_keys() %}\n"
        "{{ return({\n" + row_keys + "\n}) }}\n"
        "{% endmacro %}\n"
    )


def _wrapped(names: list[str]) -> str:
    lines = [", ".join(f"'{name}'" for name in names[start : start + 5]) for start in range(0, len(names), 5)]
    return "[\n" + indent(",\n".join(lines), "        ") + "\n    ]"


def write_layouts(home: Home, settings: Settings) -> int:
    """Put an empty, fully typed file beside each source's nights; returns how many were written."""
    written = 0
    with connect(settings) as connection:
        for table in tables():
            folder = home.lake / table.folder / "layout"
            path = folder / f"{table.stamp}.parquet"
            if path.exists():
                continue
            columns = ", ".join(f'cast(null as {type_}) as "{name}"' for name, (type_, _) in table.columns.items())
            write_parquet(connection, f"select {columns} where false", path)
            for stale in set(folder.glob("*.parquet")) - {path}:
                stale.unlink()
            written += 1
    return written


def write_lists(home: Home, settings: Settings, rules: list[dict[str, object]]) -> None:
    """Write lake/code_lists.parquet from the contract and lake/rules.parquet from the given rules."""
    codes: list[dict[str, object]] = [
        {"list": group.name, "version": group.version, "code": code.code, "label_zh": code.zh, "label_en": code.en}
        for group in code_lists().values()
        for code in group.codes
    ]
    with connect(settings) as connection:
        for name, rows in (("code_lists", codes), ("rules", rules)):
            columns = LISTS[name][1]
            typed = ", ".join(f'"{column}" {type_}' for column, type_ in columns.items())
            connection.execute(f"create or replace table {name} ({typed})")
            insert_rows(connection, name, [[row.get(column) for column in columns] for row in rows])
            write_parquet(connection, f"select * from {name} order by all", home.lake / f"{name}.parquet")


def main() -> None:
    """Rewrite the generated files of the dbt project."""
    for path, text in ((SOURCES_YML, sources_yml()), (COLUMNS_MACRO, columns_macro())):
        with write_aside(path) as aside:
            aside.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
