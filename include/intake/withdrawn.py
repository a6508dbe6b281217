"""Withdrawn: a later package says in its manifest that an earlier one of its office is not to count.

One of the same night that was not judged yet is archived and not read. One of an earlier night was in force: for each
row that it brought, what stood before it is told again, known from tonight, so that every past night stays what it was;
but not where a later package has corrected the row for the same day. That correction stands.
A row that nothing stood before stays: absence and withdrawal close nothing, only a close with its decision does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import duckdb

from include.clocks import known_at
from include.contract import Contract, contracts
from include.duck import insert_rows
from include.files import write_parquet
from include.home import Home
from include.intake import typed
from include.intake.files_of import Prepared
from include.intake.findings import DoorFinding
from include.intake.ledger import Attempt

KIND, RESTATED = "withdrawals", "restated"
WITHDRAWN = "attempt-withdrawn"
"""Why an attempt of the same night is not read."""
NOTHING_THERE = "withdrawal-of-no-attempt"

_COLUMNS = "night date, known_at timestamp, county_id varchar, attempt_id varchar, withdrawn_by varchar"


@dataclass(frozen=True)
class Withdrawal:
    """An attempt that its office takes back, and the attempt that says so."""

    county_id: str
    attempt_id: str
    withdrawn_by: str


Admitted = tuple[list[Attempt], list[tuple[Attempt, Prepared]], list[DoorFinding]]


def apply(connection: duckdb.DuckDBPyConnection, home: Home, admitted: Admitted) -> tuple[Admitted, list[Withdrawal]]:
    """Take out of a batch what its own packages withdraw; returns the rest and everything that is withdrawn.

    A number that the office never had, or that is not lower than the withdrawing package's own, is a finding.
    """
    attempts, prepared, findings = admitted
    speaking = [a for a in attempts if a.manifest and not a.refusal and a.manifest.withdraws]
    if not speaking:
        return admitted, []
    ids = _earlier(connection, home) | {(a.account.county_id, a.number): a.attempt_id for a in attempts}
    said: list[Withdrawal] = []
    for attempt in speaking:
        county = attempt.account.county_id
        for number in attempt.manifest.withdraws if attempt.manifest else ():
            target = ids.get((county, number))
            if target and number < attempt.number:
                said.append(Withdrawal(county, target, attempt.attempt_id))
            else:
                account = attempt.account
                told = DoorFinding(NOTHING_THERE, account.submitter, county, attempt.attempt_id)
                findings.append(replace(told, detail=f"no. {number}"))
    gone = {one.attempt_id for one in said}
    attempts = [replace(a, refusal=WITHDRAWN) if a.attempt_id in gone else a for a in attempts]
    prepared = [(a, file) for a, file in prepared if a.attempt_id not in gone]
    findings = [found for found in findings if found.attempt_id not in gone]
    return (attempts, prepared, findings), said


def write(connection: duckdb.DuckDBPyConnection, home: Home, night: date, batch: str, said: list[Withdrawal]) -> None:
    """Write lake/withdrawals of a batch, where there are any; what a run before it, which died, left there goes."""
    path = home.lake_file(KIND, night, batch)
    if not said:
        path.unlink(missing_ok=True)  # the package that said so may have been taken back since
        return
    connection.execute(f"create or replace temp table withdrawals ({_COLUMNS})")
    rows = [(night, known_at(night), one.county_id, one.attempt_id, one.withdrawn_by) for one in said]
    insert_rows(connection, "withdrawals", rows)
    write_parquet(connection, "select distinct * from withdrawals order by all", path)


def _earlier(connection: duckdb.DuckDBPyConnection, home: Home) -> dict[tuple[str, int], str]:
    """attempt_id by county and number, of the whole ledger."""
    if not any((home.lake / "attempts").glob("night=*/*.parquet")):
        return {}
    query = "select county_id, number, attempt_id from read_parquet(?, hive_partitioning = false)"
    rows = connection.execute(query, [home.lake_glob("attempts")]).fetchall()
    return {(county, number): attempt_id for county, number, attempt_id in rows}


def take_up(
    connection: duckdb.DuckDBPyConnection, home: Home, night: date, batch: str, freed: tuple[str, ...]
) -> tuple[str, ...]:
    """Add to released_<dataset> what stood before the rows of the attempts that tonight's packages withdraw.

    Makes `restated`: how many rows of which attempt came back for which withdrawn one. Returns the datasets of
    `freed`, for which the table is there already, and those of which rows came back.
    """
    connection.execute(
        f"create or replace temp table {RESTATED}"
        " (night date, withdrawn varchar, attempt_id varchar, dataset varchar, rows bigint)"
    )
    path = home.lake_file(KIND, night, batch)
    if not path.exists():
        return freed
    connection.execute(
        """create or replace temp table withdrawn_tonight as
        select distinct county_id, attempt_id from read_parquet($path)""",
        {"path": str(path)},
    )
    found = set(freed)
    for item in contracts().values():
        if accepted := _files(home, "accepted", item.name, night):
            _restate(connection, home, night, item, accepted)
            came = connection.execute("select count(*) from before_it").fetchone()
            if came and came[0]:
                _keep(connection, item, night, item.name in freed)
                found.add(item.name)
    return tuple(name for name in contracts() if name in found)


def write_restated(connection: duckdb.DuckDBPyConnection, home: Home, night: date, batch: str) -> None:
    """Write lake/restated of a batch, where rows came back."""
    found = connection.execute(f"select count(*) from {RESTATED}").fetchone()
    if found and found[0]:
        write_parquet(connection, f"select * from {RESTATED} order by all", home.lake_file(RESTATED, night, batch))


def _files(home: Home, kind: str, dataset: str | None, night: date, tonight: bool = False) -> list[str]:
    folder = home.lake / kind / dataset if dataset else home.lake / kind
    last = f"night={night:%Y-%m-%d}"
    files = folder.glob("night=*/*.parquet")
    return sorted(str(path) for path in files if path.parent.name < last or (tonight and path.parent.name == last))


def _restate(
    connection: duckdb.DuckDBPyConnection, home: Home, night: date, item: Contract, accepted: list[str]
) -> None:
    """before_it: for each row of a withdrawn attempt the newest one that stood before it, with the day it was for.

    None where an accepted row of a package that counts was told later for the same day: that one stands.
    """
    columns = ", ".join(f'"{column}"' for column in typed.typed_columns(item))
    key = typed.row_key_sql(item, "x")
    every = "read_parquet($files, union_by_name = true)"
    source = f"(select {columns} from {every} semi join withdrawn_tonight using (county_id))"
    parameters: dict[str, object] = {"files": accepted, "gone": _files(home, KIND, None, night, tonight=True)}
    brought = f"select {columns} from {source}"
    if held := _files(home, "held", item.name, night):
        parameters["held"] = held
        brought += f" union all select {columns} from read_parquet($held, union_by_name = true)"
    connection.execute(
        f"""create or replace temp table before_it as
        with stood as (
            select x.*, {key} as _row_key from {source} x
            where attempt_id not in (select attempt_id from read_parquet($gone))
        ), brought as (
            select distinct county_id, attempt_id, as_of, known_at, number, {key} as _row_key from ({brought}) x
            semi join withdrawn_tonight using (attempt_id)
        )
        select s.* exclude (_row_key), b.as_of as _for, b.attempt_id as _withdrawn
        from brought b join stood s on s.county_id = b.county_id and s._row_key = b._row_key
            and (s.as_of, s.known_at, s.number) < (b.as_of, b.known_at, b.number)
        where not exists (
            -- told again as of tonight it would beat what has corrected it for the same day
            select 1 from stood l where l.county_id = b.county_id and l._row_key = b._row_key and l.as_of = b.as_of
                and (l.known_at, l.number) > (b.known_at, b.number)
        )
        qualify row_number() over (partition by b.county_id, b._row_key, b.as_of
            order by s.as_of desc, s.known_at desc, s.number desc, s.file desc, s."row" desc) = 1""",
        parameters,
    )


def _keep(connection: duckdb.DuckDBPyConnection, item: Contract, night: date, there: bool) -> None:
    clocks = {"night": "$night::date", "known_at": "$known_at::timestamp", "as_of": "_for"}
    names = {name: f'"{name}"' for name in typed.typed_columns(item)}
    columns = ", ".join(f"{clocks.get(name, quoted)} as {quoted}" for name, quoted in names.items())
    rows = f"select {columns} from before_it"
    into = f"insert into released_{item.name}" if there else f"create or replace temp table released_{item.name} as"
    connection.execute(f"{into} {rows}", {"night": night, "known_at": known_at(night)})
    connection.execute(
        f"""insert into {RESTATED}
        select $night::date, _withdrawn, attempt_id, $dataset, count(*) from before_it group by all""",
        {"night": night, "dataset": item.name},
    )
