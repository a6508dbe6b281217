"""Release: a named person lets the held removals and exits of a county's attempt take effect, or refuses to.

A tripped breaker (include.intake.holding) holds them. A decision is written to lake/release_decisions, and the first
night after it takes the rows up (include.intake.released). Until a person says so, and after a refusal, they stay held.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import duckdb

from include.duck import connect, literal
from include.home import Home
from include.intake import decided, withdrawn
from include.intake.decided import DecisionRefused
from include.intake.taken import replaces
from include.settings import Settings

KIND = "release_decisions"
Answer = Literal["release", "refuse"]


@dataclass(frozen=True)
class Waiting:
    """An attempt whose removals and exits are held by the breaker, and nobody has decided on it."""

    county_id: str
    attempt_id: str
    night: date
    measured: tuple[str, ...]
    """Each rule that holds it, with what was measured and the threshold."""
    rows: int
    """Held rows of the attempt, those held for other reasons too."""


def waiting(home: Home, settings: Settings, night: date | None = None) -> list[Waiting]:
    """Attempts that wait for a person, of one night or of all; one that was replaced or withdrawn does not wait."""
    with connect(settings) as connection:
        if not _load(connection, home):
            return []
        rows = connection.execute(
            """select county_id, attempt_id, night, measured, held from tripped
            where not (replaced or withdrawn or decided) and ($night is null or night = $night)
            order by attempt_id""",
            {"night": night},
        ).fetchall()
    return [Waiting(county, attempt, of, tuple(told), int(held)) for county, attempt, of, told, held in rows]


def decide(
    home: Home,
    settings: Settings,
    county: str,
    attempt_id: str,
    answer: Answer,
    by: str,
    reason: str,
    decided_at: datetime,
) -> date:
    """Record a person's decision on an attempt of a county; returns the night from which it counts.

    The same decision again changes nothing. Raises DecisionRefused when the name or the reason is empty, when the
    attempt is not one that a breaker holds, was replaced by a later full package that was taken, was withdrawn by its
    office, or was decided otherwise before.
    """
    name, why = decided.spoken("name of the person", by), decided.spoken("reason", reason)
    with connect(settings) as connection:
        _check(connection, home, county, attempt_id)
        before = decided.earlier(home, KIND, attempt_id)
        if before is not None:
            return _same(connection, str(before), attempt_id, answer)
        if _flag(connection, "replaced", attempt_id):
            raise DecisionRefused(
                f"{attempt_id} was replaced by a later full package of the county: decide on that one if it is held"
            )
        if _flag(connection, "withdrawn", attempt_id):
            raise DecisionRefused(f"{attempt_id} was withdrawn by its office: none of it counts, nothing is to decide")
        found = connection.execute("select county_id from tripped where attempt_id = ?", [attempt_id]).fetchone()
        night = decided.first_night(home)
        values: dict[str, tuple[str, object]] = {
            "county_id": ("varchar", found[0] if found else county),
            "attempt_id": ("varchar", attempt_id),
            "answer": ("varchar", answer),
        }
        decided.write(connection, home, KIND, night, attempt_id, values | decided.signed(night, name, decided_at, why))
    return night


def _check(connection: duckdb.DuckDBPyConnection, home: Home, county: str, attempt_id: str) -> None:
    known = (
        _load(connection, home)
        and connection.execute("select submitter, county_id from tripped where attempt_id = ?", [attempt_id]).fetchone()
    )
    if not known:
        raise DecisionRefused(
            f"{attempt_id!r} is no attempt that a breaker holds: take its id from quality.verdicts (verdict hold)"
        )
    if county not in known:
        raise DecisionRefused(f"{attempt_id} is of county {known[1]} and not of {county}: name the county it came from")


def _same(connection: duckdb.DuckDBPyConnection, path: str, attempt_id: str, answer: str) -> date:
    row = connection.execute("select night, answer, decided_by from read_parquet(?)", [path]).fetchone()
    if row is None or row[1] != answer:
        told = f"decided before ({row[1]}, by {row[2]})" if row else "decided before"
        raise DecisionRefused(f"{attempt_id} was {told}: a decision stays; the county may send a new package")
    night: date = row[0]
    return night


def _flag(connection: duckdb.DuckDBPyConnection, name: str, attempt_id: str) -> bool:
    row = connection.execute(f"select {name} from tripped where attempt_id = ?", [attempt_id]).fetchone()
    return bool(row and row[0])


def _load(connection: duckdb.DuckDBPyConnection, home: Home) -> bool:
    """Make `tripped`: each attempt that a breaker ever held, and whether it was replaced, withdrawn or decided.

    False without any. What its office withdrew replaces nothing.
    """
    kinds = ("attempts", "verdicts", "attempt_states")
    if not all(any(home.lake.glob(f"{kind}/night=*/*.parquet")) for kind in kinds):
        return False
    for kind in kinds:
        connection.execute(
            f"create or replace temp view ledger_{kind} as select * from"
            f" read_parquet({literal(home.lake_glob(kind))}, union_by_name = true,"
            " hive_partitioning = false)"
        )
    _ids(connection, "decisions", decided.files(home, KIND))
    _ids(connection, "withdrawals", decided.files(home, withdrawn.KIND))
    connection.execute(
        f"""create or replace temp table tripped as
        with held as (
            select attempt_id, list(format('{{}}: {{:g}}, threshold {{:g}}', rule, measured, threshold) order by rule)
                as measured
            from ledger_verdicts where verdict = 'hold' group by attempt_id
        ), judged as (
            select a.county_id, a.number, a.kind, a.nothing_due, a.as_of, s.state, s.accepted
            from ledger_attempts a join ledger_attempt_states s using (attempt_id)
            anti join withdrawals using (attempt_id)
        )
        select a.submitter, a.county_id, a.attempt_id, a.night, h.measured, coalesce(s.held, 0) as held,
            exists (select 1 from judged l where {replaces("l", "a")}) as replaced,
            a.attempt_id in (select attempt_id from withdrawals) as withdrawn,
            a.attempt_id in (select attempt_id from decisions) as decided
        from ledger_attempts a join held h using (attempt_id) left join ledger_attempt_states s using (attempt_id)"""
    )
    return True


def _ids(connection: duckdb.DuckDBPyConnection, name: str, files: list[str]) -> None:
    """Make a table of the attempts that these files of the lake name."""
    connection.execute(f"create or replace temp table {name} (attempt_id varchar)")
    if files:
        connection.execute(f"insert into {name} select attempt_id from read_parquet($files)", {"files": files})
