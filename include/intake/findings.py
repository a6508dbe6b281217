"""Findings of the door: about packages, files and columns one by one, about rows in one statement."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

import duckdb

from include.contract import Contract
from include.duck import insert_rows
from include.intake.door_rules import door_rules
from include.intake.read import read_table_name

FINDING_COLUMNS = """finding_id varchar, rule varchar, rule_version varchar, severity varchar, trial boolean,
    submitter varchar, county_id varchar, attempt_id varchar, night date, dataset varchar, file varchar, "row" bigint,
    household_key varchar, row_key varchar, "column" varchar, value_class varchar, detail varchar"""


@dataclass(frozen=True)
class DoorFinding:
    """One fault of a package, a file or a column; `detail` holds counts and words of the contract, never a value."""

    rule: str
    submitter: str
    county_id: str
    attempt_id: str
    dataset: str | None = None
    file: str | None = None
    column: str | None = None
    detail: str | None = None


def finding_id(rule: str, county_id: str, dataset: str, row_key: str, column: str | None) -> str:
    """Id of a finding on a row that has a key: the same on every night on which the row breaks the rule."""
    return _sha256(rule, county_id, dataset, row_key, column or "")


def finding_id_by_place(rule: str, attempt_id: str, file: str | None, row: int | None, column: str | None) -> str:
    """Id of a finding on a package, a file, or a row without key: known by where it stands in one attempt."""
    return _sha256(rule, attempt_id, file or "", "" if row is None else str(row), column or "")


def add_findings(connection: duckdb.DuckDBPyConnection, findings: list[DoorFinding], night: date) -> None:
    """Add findings to the table `findings`."""
    rules = door_rules()
    rows = [
        (
            finding_id_by_place(found.rule, found.attempt_id, found.file, None, found.column),
            found.rule,
            str(rules[found.rule].version),
            rules[found.rule].severity,
            rules[found.rule].trial,
            found.submitter,
            found.county_id,
            found.attempt_id,
            night,
            found.dataset,
            found.file,
            None,
            None,
            None,
            found.column,
            rules[found.rule].value_class,
            found.detail,
        )
        for found in findings
    ]
    insert_rows(connection, "findings", rows)


def add_row_findings(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Add what the door found on rows that `read_dataset` has read: unreadable rows, deleted persons, masked cells.

    Needs the table `attempt_counties` (attempt_id, county_id).
    """
    table = read_table_name(contract.name)
    told = f"select 1 from {table} where unreadable is not null or len(masked_columns) > 0 limit 1"
    if not connection.execute(told).fetchone():
        return  # as of most datasets: half of what the statement below costs is its planning
    keys = [f'r."{name}"' for name in contract.key]
    row_key = (
        f"case when {' and '.join(f'{key} is not null' for key in keys)} then concat_ws('|', {', '.join(keys)}) end"
    )
    by_hand = ", ".join([f"'{column.name}'" for column in contract.columns if column.free_text] or ["null"])
    household_key = "null" if not contract.has("household_id") else "a.county_id || '-' || r.household_id"
    connection.execute(
        f"""insert into findings
        with broken as (
            select r.*, a.county_id, r.unreadable as rule, null::varchar as "column",
                null::varchar as row_key, null::varchar as household_key
            from {table} r join attempt_counties a using (attempt_id) where r.unreadable is not null
            union all
            select r.*, a.county_id, case when masked.name in ({by_hand}) then 'text-reaches-a-person'
                else 'cell-resident-number-elsewhere' end, masked.name, {row_key}, {household_key}
            from {table} r join attempt_counties a using (attempt_id), unnest(r.masked_columns) as masked (name)
        )
        select case when row_key is null
                then sha256(concat_ws('|', rule, attempt_id, file, "row", coalesce("column", '')))
                else sha256(concat_ws('|', rule, county_id, '{contract.name}', row_key, "column")) end,
            rule, d.version, d.severity, d.trial, submitter, county_id, attempt_id, night, '{contract.name}',
            file, "row", household_key, row_key, "column", d.value_class, null
        from broken join door_rules d using (rule)"""
    )


def create_tables(connection: duckdb.DuckDBPyConnection, counties: dict[str, str]) -> None:
    """Create `findings` and the small tables that its statements join; `counties` is attempt_id to county_id."""
    connection.execute(f"create table findings ({FINDING_COLUMNS})")
    connection.execute("create table attempt_counties (attempt_id varchar, county_id varchar)")
    connection.execute(
        "create table door_rules (rule varchar, version varchar, severity varchar, value_class varchar, trial boolean)"
    )
    insert_rows(connection, "attempt_counties", list(counties.items()))
    insert_rows(
        connection,
        "door_rules",
        [(rule.id, str(rule.version), rule.severity, rule.value_class, rule.trial) for rule in door_rules().values()],
    )


def _sha256(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()
