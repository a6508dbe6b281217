"""Match: a data officer decides what a person found in two counties is, so that both are not told of it every night.

Found by the resident number, or as a near match that no number can confirm; both are decided alike.

The finding carries a match number and no name. Decided are the findings that stand under the number: were they two
different persons, nobody is told again; does the person belong to one county, only the other is told, until it has
closed the row. Whoever comes under the same number later, in the same two households, is a finding anew, and so is the
same row when it is found with another household. A decision
removes nobody: that is for the county to do.
"""

from __future__ import annotations

from datetime import date, datetime

import duckdb

from include.duck import connect
from include.home import Home
from include.intake import decided
from include.intake.decided import DecisionRefused
from include.intake.submitters import county_ids
from include.settings import Settings

KIND = "match_decisions"
RULES = ("person-in-two-households", "person-may-be-in-two-households")
"""By the resident number, and by include.intake.near. Found between two households both have one match number."""
MATCHED_WITH = f"""case when f.rule in {RULES} then split_part(f.detail, ',', 1) end"""
"""SQL of the match that a finding `f` tells of, NULL for one of another rule."""
DIFFERENT, SAME = "different_persons", "same_person"


def decide(
    home: Home, settings: Settings, match_id: str, belongs_to: str | None, by: str, reason: str, decided_at: datetime
) -> date:
    """Record that a match is one person of the county `belongs_to`, or with None two different persons.

    Returns the night from which it counts; the same decision again changes nothing. Raises DecisionRefused when the
    name or the reason is empty, nobody was told of such a match, the county is none of it, or it was decided otherwise.
    """
    name, why = decided.spoken("name of the person", by), decided.spoken("reason", reason)
    with connect(settings) as connection:
        told = _told(connection, home, match_id)
        counties = sorted({county for _, county in told})
        owner = county_ids().get(belongs_to, belongs_to) if belongs_to else None
        if owner and (owner not in counties or len(counties) == 1):
            raise DecisionRefused(
                f"match {match_id} is between households of {' and '.join(counties)}: name one of two counties,"
                " or say that they are different persons"
            )
        answer = SAME if owner else DIFFERENT
        before = _before(connection, home, match_id)
        covered = {finding for *_, findings in before for finding in findings}
        fresh = [(finding, county) for finding, county in told if finding not in covered]
        if not fresh:
            night, given, to, by_whom, _ = before[-1]
            if (given, to) != (answer, owner):
                raise DecisionRefused(f"match {match_id} was decided before ({given}, by {by_whom}): a decision stays")
            return night
        night = decided.first_night(home)
        values: dict[str, tuple[str, object]] = {
            "match_id": ("varchar", match_id),
            "answer": ("varchar", answer),
            "belongs_to": ("varchar", owner),
            "counties": ("varchar[]", counties),
            "findings": ("varchar[]", [finding for finding, _ in fresh]),
            "silenced": ("varchar[]", [finding for finding, county in fresh if owner in (None, county)]),
        }
        signed = decided.signed(night, name, decided_at, why)
        decided.write(connection, home, KIND, night, f"{match_id}-{len(before) + 1}", values | signed)
    return night


def silence(connection: duckdb.DuckDBPyConnection, home: Home, night: date) -> None:
    """Take out of `findings` what decisions have silenced by this night; say in the others what was decided."""
    files = decided.files(home, KIND, night)
    if not files:
        return
    connection.execute(
        f"""create or replace temp table matches_decided as
        select f.rowid as place, bool_or(list_contains(d.silenced, f.finding_id)) as silent
        from findings f join (
            select unnest(findings) as finding_id, match_id, silenced from read_parquet($files)
        ) d on d.finding_id = f.finding_id and {MATCHED_WITH} = 'match ' || d.match_id
        group by all""",
        {"files": files},
    )
    connection.execute(
        """update findings set detail = detail || ', decided: belongs to the other county'
        where rowid in (select place from matches_decided where not silent)"""
    )
    connection.execute("delete from findings where rowid in (select place from matches_decided where silent)")


def _told(connection: duckdb.DuckDBPyConnection, home: Home, match_id: str) -> list[tuple[str, str]]:
    """Finding and county of everybody who was told of the match."""
    found: list[tuple[str, str]] = []
    if any(home.lake.glob("findings_check/night=*/*.parquet")):
        found = connection.execute(
            """select distinct finding_id, county_id
            from read_parquet(?, union_by_name = true, hive_partitioning = false)
            where list_contains(?, rule) and (detail = 'match ' || ? or starts_with(detail, 'match ' || ? || ','))
            order by all""",
            [home.lake_glob("findings_check"), RULES, match_id, match_id],
        ).fetchall()
    if not found:
        raise DecisionRefused(f"nobody was told of a match {match_id!r}: take it from quality.findings (detail)")
    return found


def _before(
    connection: duckdb.DuckDBPyConnection, home: Home, match_id: str
) -> list[tuple[date, str, str | None, str, list[str]]]:
    files = decided.files(home, KIND)
    if not files:
        return []
    return connection.execute(
        """select night, answer, belongs_to, decided_by, findings from read_parquet($files)
        where match_id = $match order by decided_at, night""",
        {"files": files, "match": match_id},
    ).fetchall()
