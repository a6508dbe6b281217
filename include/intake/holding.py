"""Decides for every row of a round whether it is accepted, held or rejected: households whole, removals by the breaker.

Needs the tables of include.intake.known and the ctx_ tables of the round. Nearly every row is accepted: so only those
that are not are written down, in decided_<dataset>, by where they stand; judged_<dataset> is a view of all of them, the
typed row with _rule (why it is rejected, or NULL), _held_by and _provisional (NULL for a row that is accepted).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from include.contract import Contract, contract
from include.intake import typed
from include.intake.known import RELATED, Brought, keep_accepted
from include.rules import catalogue
from include.rules.compile import expand

_OUTCOMES = {
    "rejected": "_rule is not null",
    "held": "_rule is null and len(_held_by) > 0",
    "accepted": "_rule is null and len(_held_by) = 0",
}


def outcome(name: str) -> str:
    """SQL predicate over judged_<dataset>: rejected, held or accepted; every row is in exactly one."""
    return _OUTCOMES[name]


def load_findings(connection: duckdb.DuckDBPyConnection, files: list[Path], table: str | None = None) -> None:
    """Make `faults`, the findings that count for holding, from files of findings and optionally a table of them."""
    columns = 'rule, severity, trial, attempt_id, dataset, file, "row"'
    there = [str(path) for path in files if path.exists()]
    parts = [
        "select null::varchar as rule, null::varchar as severity, null::boolean as trial, null::varchar as attempt_id,"
        ' null::varchar as dataset, null::varchar as file, null::bigint as "row" where false'
    ]
    if there:
        parts.append(f"select {columns} from read_parquet($files)")
    if table:
        parts.append(f"select {columns} from {table}")
    connection.execute(
        f"create or replace temp table faults as select * from ({' union all '.join(parts)}) where not trial",
        {"files": there} if there else {},
    )


def measure_breaker(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `round_verdicts`: each breaker rule measured for each county attempt of the round."""
    parts = [
        f"""select c.attempt_id, '{rule.id}' as rule, cast({expand(rule.measured or "0")} as double) as measured,
            cast({expand(rule.threshold or "0")} as double) as threshold,
            {str(rule.severity == "must_fix" and not rule.trial).lower()} as holds
        from ctx_county c join ctx_standards s using (attempt_id)"""
        for rule in catalogue()
        if rule.is_breaker
    ]
    connection.execute(
        f"""create or replace temp table round_verdicts as
        select *, if(holds and coalesce(measured > threshold, false), 'hold', 'pass') as verdict
        from ({" union all ".join(parts)})"""
    )


def hold(connection: duckdb.DuckDBPyConnection, brought: Brought, number: int) -> None:
    """Make judged_<dataset> for every dataset that came, of the attempts of a round, from `faults` and the breaker."""
    measure_breaker(connection)
    connection.execute(
        """create or replace temp table tripped as
        select attempt_id, list(rule order by rule) as rules,
            list(rule order by rule) filter (rule in (select unnest($of_incomes))) as income_rules
        from round_verdicts where verdict = 'hold' group by attempt_id""",
        {"of_incomes": [rule.id for rule in catalogue() if rule.holds == "incomes"]},
    )
    for item in brought.contracts():
        _gather_row_faults(connection, item, number)
    _hold_households(connection, brought)
    for item in brought.contracts():
        _judge_rows(connection, item, number)


def carry(connection: duckdb.DuckDBPyConnection, brought: Brought) -> None:
    """Lay a round's accepted rows over the last accepted state, for the rounds after it."""
    for name in {*RELATED} & {*brought.datasets}:
        columns = ", ".join(f'"{column}"' for column in typed.typed_columns(contract(name)))
        keep_accepted(connection, name, f"(select {columns} from judged_{name} where {outcome('accepted')})")


def _gather_row_faults(connection: duckdb.DuckDBPyConnection, item: Contract, number: int) -> None:
    """rows_<dataset>: of each row with a fault why it is rejected by itself, and what must be mended in it."""
    household = "household_id" if item.has("household_id") else "null::varchar as household_id"
    connection.execute(
        f"""create or replace temp table rows_{item.name} as
        select t.attempt_id, t.file, t."row", {household}, coalesce(t._reject, f.rejects) as _rule,
            coalesce(f.must_fix, []) as must_fix
        from typed_{item.name} t left join (
            select attempt_id, file, "row", min(rule) filter (severity = 'reject') as rejects,
                list(distinct rule) filter (severity = 'must_fix') as must_fix
            from faults where dataset = '{item.name}' and "row" is not null group by all
        ) f using (attempt_id, file, "row")
        where coalesce(t._round, 1) = {number} and (t._reject is not null or f.attempt_id is not null)"""
    )


def _hold_households(connection: duckdb.DuckDBPyConnection, brought: Brought) -> None:
    """held_households: households of an attempt with a row to be mended, and the rules that say so.

    A household that nobody knows (no households row in the attempt, none ever accepted) cannot be held whole: its rows
    are held one by one. A households row that is rejected holds the rest of its household.
    """
    parts = [
        f"""select x.* from (select attempt_id, household_id, unnest(must_fix) as rule from rows_{item.name}
            where household_id is not null and _rule is null and len(must_fix) > 0) x
        semi join ctx_ever_households using (attempt_id, household_id)"""
        for item in brought.contracts()
        if item.has("household_id")
    ]
    if "households" in brought.datasets:
        parts.append(
            """select attempt_id, household_id, _rule from rows_households
            where _rule is not null and household_id is not null"""
        )
    nothing = "select null::varchar as attempt_id, null::varchar as household_id, null::varchar as rule where false"
    connection.execute(
        f"""create or replace temp table held_households as
        select attempt_id, household_id, list(distinct rule order by rule) as rules
        from ({" union all ".join([nothing, *parts])}) group by all"""
    )


def _judge_rows(connection: duckdb.DuckDBPyConnection, item: Contract, number: int) -> None:
    of_household = item.has("household_id")
    whole = "coalesce(h.rules, [])" if of_household else "[]"
    join_whole = "left join held_households h on h.attempt_id = t.attempt_id and h.household_id = t.household_id"
    provisional = (
        "a.submitter_kind = 'county' and t.household_id is not null and not exists (select 1 from last_households l"
        " where l.county_id = t.county_id and l.household_id = t.household_id)"
        if of_household
        else "false"
    )
    place = 'attempt_id, file, "row"'
    connection.execute(
        f"""create or replace temp table decided_{item.name} as
        select * from (
            select t.attempt_id, t.file, t."row", r._rule,
                list_sort(list_distinct(coalesce(r.must_fix, []) || {whole}
                    || if({_removes(item)}, coalesce(b.rules, []), [])
                    || if({_raises(item)}, coalesce(b.income_rules, []), []))) as _held_by,
                {provisional} as _provisional
            from typed_{item.name} t
            left join rows_{item.name} r using ({place})
            join attempts a on a.attempt_id = t.attempt_id
            {join_whole if of_household else ""}
            left join tripped b on b.attempt_id = t.attempt_id
            where coalesce(t._round, 1) = {number} and (r.attempt_id is not null or b.attempt_id is not null
                {"or h.attempt_id is not null" if of_household else ""})
        ) where _rule is not null or len(_held_by) > 0"""
    )
    connection.execute(
        f"""create or replace temp view judged_{item.name} as
        {judged_query(item, f"decided_{item.name}")} where coalesce(t._round, 1) = {number}"""
    )


def judged_query(item: Contract, decided: str) -> str:
    """SQL of every typed row t of a dataset with what was decided of it in a table like decided_<dataset>."""
    return f"""select t.*, d._rule, coalesce(d._held_by, []) as _held_by, d._provisional
        from typed_{item.name} t left join {decided} d using (attempt_id, file, "row")"""


def _removes(item: Contract) -> str:
    """SQL: the row takes somebody off the list, or a household's help away."""
    if not item.has("household_id"):
        return "false"
    closes = "coalesce(t.operation = 'close', false)"
    if item.name != "households":
        return closes
    return f"""({closes} or (t.exit_flag = '1' and exists (select 1 from last_households l
        where l.county_id = t.county_id and l.household_id = t.household_id and l.exit_flag is distinct from '1')))"""


def _raises(item: Contract) -> str:
    """SQL: the row gives a known household a higher income than before, which may take its help away."""
    if item.name != "households":
        return "false"
    return """exists (select 1 from base_incomes i
        where i.county_id = t.county_id and i.household_id = t.household_id and t.net_income > i.net_income)"""
