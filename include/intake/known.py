"""Brings a batch's rows into DuckDB: typed rows of the night, the last accepted state, and the one laid over the other.

Tables it makes (temporary): attempts, files, deleted_keys, deleted_members; for every dataset typed_<dataset> (the
night's rows, see include.intake.typed, with _reject: the rule that refuses the row, or NULL); for RELATED ones
last_<dataset> (the newest accepted row of each key, closed ones too) and earlier_<dataset> (all accepted rows of
counties with late attempts, which are in late); for MEASURED ones base_<dataset> (the keys in force before the night);
base_incomes (see include.intake.incomes); met_<dataset> (see include.intake.meet); and released_<dataset> (see
include.intake.released), which is part of the last accepted state. `begin_round` adds now_<dataset> (live rows of one
round) and known_<dataset>.

A county's attempts of one night are judged in rounds, the first ones of all counties together, then the second ones:
each sees what the one before it left accepted. State belongs to the county's stable id and not to the code it sends
under: a recoded county's first package is laid over what its old code left.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from include.clocks import known_at
from include.contract import Contract, contract, contracts
from include.duck import literals
from include.home import Home
from include.intake import (
    cell_macros,
    deletions,
    incomes,
    match_number,
    released,
    typed,
    typed_once,
    withdrawn,
)
from include.keys import read_person_secrets
from include.rules import catalogue
from include.rules.contexts import LIVE
from include.rules.facts import load_facts
from include.settings import Settings

#: Datasets of which rules look at other rows than the one at hand, and at which of their columns.
RELATED = {
    "households": ("household_id", "monitoring_class", "risk_status", "main_cause", "other_causes", "risks"),
    "persons": ("household_id", "relation", "health", "schooling", "change_kind"),
    "measures": ("household_id", "measure_code", "delivered_on"),
    "assignments": ("household_id", "staff_id", "from_date", "to_date", "as_of"),
    "decisions": ("household_id", "act", "decided_on"),
}
#: Datasets whose removals the breaker counts.
MEASURED = ("households", "persons")
#: Datasets of which every submitter's ids count, with the id: a province's staff may help a county's household.
SHARED = {"staff": "staff_id", "units": "unit_id"}


class NotMet(RuntimeError):
    """What include.intake.meet writes is not there: without it every finding across submitters would be missing."""


@dataclass(frozen=True)
class Brought:
    """What came in a night's batch."""

    rounds: int
    """0 when nothing readable came."""
    datasets: tuple[str, ...]
    """Datasets of which lake/read has a file, in alphabetical order."""
    released: tuple[str, ...] = ()
    """Datasets of which rows come in again: a person released them (include.intake.released), or what was laid over
    them was withdrawn (include.intake.withdrawn)."""

    def contracts(self) -> list[Contract]:
        """Their contracts."""
        return [contract(name) for name in self.datasets]


def load(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    settings: Settings,
    night: date,
    batch: str,
    keep: bool = False,
    in_place: bool = False,
) -> Brought:
    """Make the tables for a night's batch; with `keep`, the typed rows stay in scratch for the step after.

    With `in_place`, those that the step before has kept are read where they lie, for who looks at few of their columns.
    Raises NotMet when the night's offices were not brought together yet, KeysMissing or KeysUnsafe without secrets.
    """
    load_facts(connection, known_on=night)
    cell_macros.install(connection)
    typed.set_variables(connection)
    match_number.install_macro(connection, read_person_secrets(home, settings))
    deletions.load(connection, home, settings)
    load_attempts(connection, home, night, batch)
    stand_on = [*night_files(home, "attempts", night, batch=batch), *night_files(home, "files", night, batch=batch)]
    read = {name: night_files(home, "read", night, name, batch) for name in contracts()}
    sent = with_rows(connection, [file for files in read.values() for file in files])
    for name, item in contracts().items():
        files = [file for file in read[name] if file in sent]
        query = typed_rows(item, files)
        kept = typed_once.kept_file(home, night, batch, name, query, files + stand_on) if files else None
        if kept and typed_once.take(connection, f"typed_{name}", kept, in_place):
            continue
        connection.execute(f"create or replace temp table typed_{name} as {query}")
        if kept and keep:
            typed_once.keep(connection, f"typed_{name}", kept)
    for name in RELATED:
        _load_last(connection, contract(name), earlier_files(home, night, name, batch))
    incomes.load(connection, home, night, earlier_files(home, night, "households", batch))
    freed = withdrawn.take_up(connection, home, night, batch, released.take_up(connection, home, night, batch))
    for name in {*RELATED} & {*freed}:
        keep_accepted(connection, name, f"released_{name}")
    _load_earlier(connection, home, night, batch)
    for name in ("persons", "near", "samples", "pairings", *SHARED):
        _load_met(connection, met_file(home, night, name), name)
    for name in MEASURED:
        connection.execute(
            f"create or replace temp table base_{name} as select {in_force(name)} from last_{name} where {IN_FORCE}"
        )
    rounds = connection.execute("select coalesce(max(round), 0) from attempts").fetchone()
    datasets = tuple(name for name in contracts() if home.lake_file("read", night, batch, name).exists())
    return Brought(int(rounds[0]) if rounds else 0, datasets, freed)


IN_FORCE = "operation = 'upsert'"


def in_force(name: str) -> str:
    """Columns of base_<dataset>."""
    return "county_id, household_id, household_key, _row_key, as_of" + (", person_key" if name == "persons" else "")


def begin_round(connection: duckdb.DuckDBPyConnection, number: int, related: Iterable[str] = RELATED) -> None:
    """Make now_<dataset> and, for the datasets `related`, known_<dataset> for the attempts of a round.

    Known to an attempt that brings a dataset whole is what it brings. To an attempt of changes, and for a dataset that
    a full package does not bring, it is the last accepted state with the attempt's rows laid over it; to one that
    speaks of a day before the last that its county spoke for, it is the accepted state of that day.
    """
    connection.execute(
        f"""create or replace temp table ctx_overlay as
        select a.attempt_id, a.county_id, a.as_of, d.dataset,
            case when a.attempt_id in (select attempt_id from late) then a.attempt_id end as _of
        from attempts a cross join (select unnest($names) as dataset) d
        where a.round = {number}
            and (a.kind = 'changes' or not exists (
                select 1 from brought b where b.attempt_id = a.attempt_id and b.dataset = d.dataset))""",
        {"names": list(contracts())},
    )
    for name in contracts():
        connection.execute(
            f"create or replace temp view now_{name} as select * from typed_{name} where _round = {number} and {LIVE}"
        )
    for name in related:
        columns = ", ".join(RELATED[name])
        carried = ", ".join(f"o.{column}" if column == "as_of" else f"l.{column}" for column in RELATED[name])
        connection.execute(
            f"""create or replace temp table known_{name} as
            with twice as (
                select attempt_id, _row_key from now_{name} group by all having count(*) > 1
            )
            select attempt_id, {columns}, _faulty from now_{name} anti join twice using (attempt_id, _row_key)
            union all
            select attempt_id, {columns}, _faulty from now_{name} semi join twice using (attempt_id, _row_key)
            qualify row_number() over (partition by attempt_id, _row_key order by file, "row") = 1
            union all
            select o.attempt_id, {carried}, []
            from {_of_their_days(name)} l join ctx_overlay o
                on o.county_id = l.county_id and o.dataset = '{name}' and l._of is not distinct from o._of
            where l.operation = 'upsert' and not exists (
                select 1 from typed_{name} t where t.attempt_id = o.attempt_id and t._row_key = l._row_key)"""
        )


def _of_their_days(name: str) -> str:
    """SQL of the accepted state that each late attempt is laid over, and with _of null the last one for all others."""
    item = contract(name)
    return f"""(
        select *, null as _of from last_{name}
        union all by name
        select * from (
            select x.*, late.attempt_id as _of
            from (select * from last_{name} union all by name select * from earlier_{name}) x
            join late on late.county_id = x.county_id and x.as_of <= late.as_of
            qualify {newest(item, "late.attempt_id, ")}
        )
    )"""


def keep_accepted(connection: duckdb.DuckDBPyConnection, name: str, accepted: str) -> None:
    """Bring a dataset's last accepted state up to date with the rows of a relation that has lake/accepted's columns."""
    item = contract(name)
    columns = ", ".join(f'"{column}"' for column in typed.typed_columns(item))
    connection.execute(
        f"""create or replace temp table last_{name} as
        select {columns}, {typed.row_key_sql(item, "x")} as _row_key
        from (select {columns} from last_{name} union all select {columns} from {accepted}) x
        qualify {newest(item)}"""
    )


def earlier_files(home: Home, night: date, dataset: str, batch: str | None = None) -> list[str]:
    """Accepted files of earlier nights: those that may hold rows of a batch's counties, or without batch all.

    A batch's name says how many batches there are; files of another number of batches may hold anybody's rows.
    """
    folder = home.lake / "accepted" / dataset
    files = [path for path in folder.glob("night=*/*.parquet") if path.parent.name < f"night={night:%Y-%m-%d}"]
    layout = batch.rsplit("-of-", 1)[-1] if batch else None
    mine = [p for p in files if batch is None or p.stem == batch or p.stem.rsplit("-of-", 1)[-1] != layout]
    return sorted(str(path) for path in mine)


def night_files(home: Home, kind: str, night: date, dataset: str | None = None, batch: str | None = None) -> list[str]:
    """The lake's files of a kind for a night that are there: the batch's, or without batch every batch's."""
    if batch is None:
        return sorted(str(path) for path in home.lake_file(kind, night, "any", dataset).parent.glob("*.parquet"))
    path = home.lake_file(kind, night, batch, dataset)
    return [str(path)] if path.exists() else []


def with_rows(connection: duckdb.DuckDBPyConnection, files: list[str]) -> frozenset[str]:
    """Those of Parquet files that have a row: to type a file without any costs as much as to type a small county's."""
    if not files:
        return frozenset()
    found = connection.execute(f"select file_name from parquet_file_metadata({literals(files)}) where num_rows > 0")
    return frozenset(name for (name,) in found.fetchall())


def met_file(home: Home, night: date, dataset: str) -> Path:
    """What include.intake.meet leaves of a dataset, for all batches of a night."""
    return home.lake_file("met", night, "all", dataset)


def load_attempts(connection: duckdb.DuckDBPyConnection, home: Home, night: date, batch: str | None = None) -> None:
    """Make attempts, files and brought (attempt and dataset) of a night's batch, or without batch of the night."""
    ledger, files = (night_files(home, kind, night, batch=batch) for kind in ("attempts", "files"))
    types = dict.fromkeys(("attempt_id", "submitter", "submitter_kind", "county_id", "kind", "refusal"), "varchar")
    types |= {"number": "integer", "night": "date", "as_of": "date", "nothing_due": "boolean", "readable": "boolean"}
    rows = f"select {', '.join(f'cast(null as {kind}) as {name}' for name, kind in types.items())} where false"
    if ledger:
        rows += f" union all by name select {', '.join(types)} from read_parquet({literals(ledger)})"
    connection.execute(
        f"""create or replace temp table attempts as
        select *, $known_at::timestamp as known_at, case when readable and not nothing_due then
            row_number() over (partition by county_id, readable and not nothing_due order by number) end as round
        from ({rows})""",
        {"known_at": known_at(night)},
    )
    if files:
        connection.execute(
            """create or replace temp table files as
            select attempt_id, submitter, dataset, file, received_rows, readable, refusal from read_parquet($files)""",
            {"files": files},
        )
    else:
        connection.execute(
            """create or replace temp table files (attempt_id varchar, submitter varchar, dataset varchar, file varchar,
            received_rows bigint, readable boolean, refusal varchar)"""
        )
    connection.execute(
        "create or replace temp table brought as select distinct attempt_id, dataset from files where readable"
    )


def typed_rows(item: Contract, files: list[str]) -> str:
    """SQL of the typed rows of a dataset's files of lake/read, with _reject; needs the table attempts."""
    query = typed.typed_query(item, f"({as_sent(item, files)})", "attempts") if files else typed.empty_query(item)
    return f"select *, coalesce(_unreadable, {_rejecting(item)}) as _reject from ({query})"


def as_sent(item: Contract, files: list[str]) -> str:
    """Rows of lake/read with every column of the contract; one that an older contract did not have is empty."""
    types = dict.fromkeys(("attempt_id", "file", "unreadable", *(c.name for c in item.lake_columns)), "varchar")
    types["row"] = "bigint"
    if any(column.hashed for column in item.columns):
        types |= dict(zip(typed.IDENTITY, ("varchar", "varchar", "boolean", "boolean"), strict=True))
    layout = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in types.items())
    sent = f"read_parquet({literals(files)}, union_by_name = true)"
    return f"select {layout} where false union all by name select * from {sent}"


def _load_met(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    if not path.exists():
        raise NotMet(f"{path} is not there: run meet of this night, after receive of every batch, then this again")
    connection.execute(
        f"create or replace temp table met_{name} as select * from read_parquet($path)", {"path": str(path)}
    )


def _load_last(connection: duckdb.DuckDBPyConnection, item: Contract, files: list[str]) -> None:
    columns = ", ".join(f'"{column}"' for column in typed.typed_columns(item))
    rows = f"select {columns} from typed_{item.name} where false"
    if files:
        mine = "where county_id in (select county_id from attempts)"
        rows += f" union all by name select * from read_parquet($files, union_by_name = true) {mine}"
    connection.execute(
        f"""create or replace temp table last_{item.name} as
        select {columns}, {typed.row_key_sql(item, "x")} as _row_key from ({rows}) x qualify {newest(item)}""",
        {"files": files} if files else {},
    )


def _load_earlier(connection: duckdb.DuckDBPyConnection, home: Home, night: date, batch: str) -> None:
    """Make late, the attempts that speak for a day before the last that their county speaks of, and earlier_<dataset>.

    The latter holds all accepted rows of the counties of late attempts: of most nights none.
    """
    connection.execute(
        """create or replace temp table late as
        select attempt_id, county_id, as_of from attempts
        where as_of < (
            select max(spoken.as_of) from (
                select county_id, as_of from last_households union all select county_id, as_of from attempts
            ) spoken
            where spoken.county_id = attempts.county_id)"""
    )
    found = connection.execute("select count(*) from late").fetchone()
    for name in RELATED:
        item, files = contract(name), earlier_files(home, night, name, batch)
        columns = ", ".join(f'"{column}"' for column in typed.typed_columns(item))
        if not files or not found or not found[0]:
            rows = f"select {columns} from typed_{name} where false"
        else:
            rows = f"select {columns} from read_parquet({literals(files)}, union_by_name = true)"
        connection.execute(
            f"""create or replace temp table earlier_{name} as
            select {columns}, {typed.row_key_sql(item, "x")} as _row_key
            from ({rows}) x where county_id in (select county_id from late)"""
        )
    connection.execute(  # of a day before the first that was spoken for there is no state
        """delete from late where not exists (
            select 1 from earlier_households e where e.county_id = late.county_id and e.as_of <= late.as_of)"""
    )


def newest(item: Contract, by: str = "") -> str:
    """SQL that keeps of the accepted rows of a relation x the newest of each county's key (and of what `by` names)."""
    return (
        f"row_number() over (partition by {by}x.county_id, {typed.row_key_sql(item, 'x')}"
        ' order by x.as_of desc, x.known_at desc, x.number desc, x.file desc, x."row" desc) = 1'
    )


def rejecting_faults(item: Contract) -> dict[int, typed.Fault]:
    """The faults of a dataset's cells for which a row is rejected, by their number in typed.faults_of."""
    severity = {rule.id: (rule.severity, rule.severity_if_required or rule.severity) for rule in catalogue()}
    numbered = enumerate(typed.faults_of(item), start=1)
    return {number: fault for number, fault in numbered if severity[fault.rule][fault.required] == "reject"}


def _rejecting(item: Contract) -> str:
    """SQL of the rule by which the first fault that refuses a row refuses it, or NULL."""
    refusing = rejecting_faults(item)
    cases = " ".join(f"when {number} then '{fault.rule}'" for number, fault in refusing.items())
    numbers = ", ".join(map(str, refusing))
    return f"if(len(_faults) = 0, null, case list_filter(_faults, lambda f: f in ({numbers}))[1] {cases} end)"
