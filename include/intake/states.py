"""Counts what became of the rows of each attempt, and names the attempt's state."""

from __future__ import annotations

from pathlib import Path

import duckdb

from include.duck import literals
from include.intake.deletions import RULE as DELETED
from include.intake.holding import outcome
from include.intake.known import Brought
from include.intake.taken import replaces
from include.intake.withdrawn import WITHDRAWN

#: Reason of an attempt that came whole and yet without a single row; the door tells it.
_EMPTY = "package-without-rows"


def make(connection: duckdb.DuckDBPyConnection, brought: Brought, findings: list[Path], explained: Path) -> None:
    """Make `conservation` and `attempt_states` from all_<dataset>, files, attempts and the files of findings.

    What the file `explained` names needs no more words of the office.

    received is what the door counted; accepted, held and rejected are counted here, so that a lost row shows. Rows of
    deleted persons count as rejected, and lower no attempt's state: the office that sent them did nothing wrong.
    """
    parts = [
        f"""select attempt_id, '{name}' as dataset, count_if({outcome("accepted")}) as accepted,
            count_if({outcome("held")}) as held, count_if({outcome("rejected")}) as rejected
        from all_{name} group by attempt_id"""
        for name in brought.datasets
    ]
    nothing = "null::varchar as attempt_id, null::varchar as dataset, 0 as accepted, 0 as held, 0 as rejected"
    counted = " union all ".join([f"select {nothing} where false", *parts])
    connection.execute(
        f"""create or replace temp table conservation as
        select attempt_id, a.submitter, a.night, dataset, coalesce(f.received, 0)::bigint as received,
            coalesce(c.accepted, 0)::bigint as accepted, coalesce(c.held, 0)::bigint as held,
            coalesce(c.rejected, 0)::bigint as rejected
        from (select attempt_id, dataset, sum(coalesce(received_rows, 0)) as received from files
            where dataset is not null group by all) f
        full join ({counted}) c using (attempt_id, dataset)
        join attempts a using (attempt_id)"""
    )
    deleted = [f"select attempt_id from all_{name} where _rule = '{DELETED}'" for name in brought.datasets]
    listed = " union all ".join(["select null::varchar as attempt_id where false", *deleted])
    connection.execute(
        f"create or replace temp table deleted_rows as select attempt_id, count(*) as n from ({listed}) group by all"
    )
    _make_blocking(connection, brought, findings, explained)
    connection.execute(_states())


def _make_blocking(
    connection: duckdb.DuckDBPyConnection, brought: Brought, findings: list[Path], explained: Path
) -> None:
    """reasons: for each attempt the rule that stopped most rows; queries: attempts with something to explain."""
    parts = [
        f"""select attempt_id, _rule as rule from all_{name} where {outcome("rejected")} and _rule <> '{DELETED}'
        union all select attempt_id, unnest(_held_by) from all_{name} where {outcome("held")}"""
        for name in brought.datasets
    ]
    there = [str(path) for path in findings if path.exists()]
    found = (
        "select finding_id, attempt_id, rule, severity, trial from read_parquet($files)"
        if there
        else "select null::varchar as finding_id, null::varchar as attempt_id, null::varchar as rule,"
        " null::varchar as severity, null::boolean as trial where false"
    )
    refusals = "select attempt_id, rule from said where severity = 'reject' and rule <> '" + DELETED + "'"
    connection.execute(f"create or replace temp table said as {found}", {"files": there} if there else {})
    connection.execute(
        f"""create or replace temp table reasons as
        select attempt_id, rule as reason from (
            select attempt_id, rule, count(*) as rows from ({" union all ".join([refusals, *parts])})
            group by all
        ) qualify row_number() over (partition by attempt_id order by rows desc, rule) = 1"""
    )
    silent = "select null::varchar as finding_id, null::varchar as attempt_id where false"
    if explained.exists():
        silent = f"select finding_id, attempt_id from read_parquet({literals([str(explained)])})"
    connection.execute(
        f"""create or replace temp table queries as
        select distinct attempt_id from said anti join ({silent}) using (finding_id, attempt_id)
        where severity in ('explain', 'must_fix') and not trial"""
    )


def _states() -> str:
    """A later full attempt of the same night that was taken, and speaks for the same or a later day, supersedes."""
    return f"""create or replace temp table attempt_states as
        with counted as (
            select a.attempt_id, a.submitter, a.county_id, a.night, a.number, a.kind, a.as_of, a.nothing_due,
                a.readable, a.refusal, coalesce(sum(c.received), 0)::bigint as received,
                coalesce(sum(c.accepted), 0)::bigint as accepted, coalesce(sum(c.held), 0)::bigint as held,
                coalesce(sum(c.rejected), 0)::bigint as rejected,
                coalesce((select bool_or(f.refusal is not null) from files f where f.attempt_id = a.attempt_id), false)
                    as file_refused,
                coalesce((select n from deleted_rows d where d.attempt_id = a.attempt_id), 0)::bigint as deleted
            from attempts a left join conservation c using (attempt_id) group by all
        ), judged as (
            select *, case
                when refusal = '{WITHDRAWN}' then 'withdrawn'
                when not coalesce(readable, false) or refusal is not null then 'rejected'
                when coalesce(nothing_due, false) then 'accepted'
                when accepted = 0 and held > 0 then 'held'
                when accepted = 0 and deleted = 0 then 'rejected'
                when held > 0 or rejected > deleted or file_refused then 'partly_accepted'
                when attempt_id in (select attempt_id from queries) then 'accepted_with_queries'
                else 'accepted' end as judged_state
            from counted
        )
        select j.attempt_id, j.submitter, j.county_id, j.night,
            if(exists (select 1 from judged l where {replaces("l", "j", "judged_state")})
                and j.judged_state not in ('rejected', 'withdrawn'), 'superseded', j.judged_state) as state,
            j.received, j.accepted, j.held, j.rejected,
            case when j.judged_state in ('rejected', 'held', 'partly_accepted')
                then coalesce(j.refusal, r.reason, '{_EMPTY}') end as reason
        from judged j left join reasons r using (attempt_id)"""
