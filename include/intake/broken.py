"""Finds which rows break which rules, for the attempts of one round: fills the table `findings`."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from include.contract import Contract, contracts
from include.duck import insert_rows
from include.intake import context_tables
from include.intake.findings import FINDING_COLUMNS
from include.intake.known import Brought, begin_round
from include.intake.typed import faults_of
from include.rules import Rule, catalogue
from include.rules.compile import HIT_COLUMNS, Predicate, dataset_query, predicates

_ID = """case when row_key is not null
        then sha256(concat_ws('|', rule, county_id, dataset, row_key, coalesce("column", '')))
        else sha256(concat_ws('|', rule, attempt_id, coalesce(file, ''), coalesce(cast("row" as varchar), ''),
            coalesce("column", ''))) end"""


def start_findings(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the empty table `findings` and the list of the catalogue's rules that its statements join."""
    connection.execute(f"create or replace temp table findings ({FINDING_COLUMNS})")
    connection.execute(
        """create or replace temp table rules (rule varchar, version varchar, severity varchar,
            severity_if_required varchar, trial boolean, value_class varchar)"""
    )
    insert_rows(
        connection,
        "rules",
        [(r.id, str(r.version), r.severity, r.severity_if_required, r.trial, r.value_class) for r in catalogue()],
    )
    kinds = [(item.name, n, fault) for item in contracts().values() for n, fault in enumerate(faults_of(item), start=1)]
    connection.execute(
        """create or replace temp table fault_kinds as
        select unnest($datasets) as dataset, unnest($faults) as fault, unnest($rules) as rule,
            unnest($columns) as "column", unnest($classes) as value_class, unnest($required) as required""",
        {
            "datasets": [dataset for dataset, _, _ in kinds],
            "faults": [number for _, number, _ in kinds],
            "rules": [fault.rule for *_, fault in kinds],
            "columns": [fault.column for *_, fault in kinds],
            "classes": [fault.value_class for *_, fault in kinds],
            "required": [fault.required for *_, fault in kinds],
        },
    )


def find(
    connection: duckdb.DuckDBPyConnection, brought: Brought, number: int, rules: Iterable[Rule] | None = None
) -> None:
    """Judge the rows of a round by every rule; needs the tables of include.intake.known and start_findings.

    Of the rules with SQL only `rules` when given.
    """
    begin_round(connection, number)
    context_tables.make(connection, number)
    for item in brought.contracts():
        _add_faults(connection, item, number)
        _add_duplicates(connection, item, number)
    every = predicates(catalogue() if rules is None else rules)
    _add_hits(connection, [c for c in every if c.dataset in brought.datasets or c.rule.over != "rows"])


def _add_faults(connection: duckdb.DuckDBPyConnection, item: Contract, number: int) -> None:
    """Cells that could not be read, and missing ones: one finding for a row and column."""
    connection.execute(
        f"""insert into findings
        with broken as (
            select unnest(_faults) as fault, submitter, county_id, attempt_id, night, file, "row", _row_key as row_key,
                {_household_key(item)} as household_key
            from typed_{item.name} where _round = {number} and len(_faults) > 0
        ), named as (
            select k.rule, k."column", k.value_class as class, k.required, '{item.name}' as dataset, b.*
            from broken b join fault_kinds k on k.dataset = '{item.name}' and k.fault = b.fault
        )
        select {_ID}, rule, r.version, if(required, coalesce(r.severity_if_required, r.severity), r.severity),
            r.trial, submitter, county_id, attempt_id, night, dataset, file, "row", household_key, row_key, "column",
            class, null
        from named join rules r using (rule)"""
    )


def _add_duplicates(connection: duckdb.DuckDBPyConnection, item: Contract, number: int) -> None:
    """Rows of one attempt with the same key: a finding on each of them, the first one too."""
    connection.execute(
        f"""insert into findings
        with named as (
            select 'key-duplicated' as rule, '{item.key[0]}' as "column", '{item.name}' as dataset,
                submitter, county_id, attempt_id, night, file, "row", _row_key as row_key,
                {_household_key(item)} as household_key, count(*) over (partition by attempt_id, _row_key) as times
            from typed_{item.name}
            where _round = {number} and _row_key is not null and _reject is null
        )
        select {_ID}, rule, r.version, r.severity, r.trial, submitter, county_id, attempt_id, night, dataset, file,
            "row", household_key, row_key, "column", r.value_class, printf('%d rows', times)
        from named join rules r using (rule) where times > 1"""
    )


def _add_hits(connection: duckdb.DuckDBPyConnection, every: list[Predicate]) -> None:
    connection.execute(f"create or replace temp table hits ({HIT_COLUMNS})")
    for dataset, over in dict.fromkeys((one.dataset, one.rule.over) for one in every):
        group = [one for one in every if (one.dataset, one.rule.over) == (dataset, over)]
        connection.execute(f"insert into hits {dataset_query(dataset, over, group, f'now_{dataset}')}")
    connection.execute(
        """create or replace temp table predicates
            (predicate_no integer, rule varchar, dataset varchar, "column" varchar)"""
    )
    insert_rows(connection, "predicates", [(c.number, c.rule.id, c.dataset, c.column) for c in every])
    connection.execute(
        f"""insert into findings
        with named as (
            select c.rule, c."column", c.dataset, h.*, a.submitter, a.county_id, a.night
            from hits h join predicates c using (predicate_no) join attempts a using (attempt_id)
        )
        select {_ID}, rule, r.version, r.severity, r.trial, submitter, county_id, attempt_id, night, dataset, file,
            "row", household_key, row_key, "column", r.value_class, detail
        from named join rules r using (rule)"""
    )


def _household_key(item: Contract) -> str:
    return "household_key" if item.has("household_id") else "null"
