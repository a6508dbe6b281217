"""Compares a published file's *_as_of answers with what the generator kept aside of what was told by each night."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from include.clocks import known_at
from include.contract import contract
from include.warehouse.sources import row_columns

_CLOCKS = {"submitter", "county_id", "attempt_id", "number", "night", "file", "row", "as_of", "known_at"}
#: What a version says of a household: its key and every business column.
HOUSEHOLD = ["household_key", *(c for c in row_columns(contract("households"), "accepted") if c not in _CLOCKS)]
HOUSEHOLD = [c for c in dict.fromkeys(HOUSEHOLD) if c not in ("household_id", "operation")]

#: The generator's side: each is a query over `told`, what was told of the day `d` by the night `k`.
EXPECTED = {
    "households": f"select {', '.join(HOUSEHOLD)} from told_households",
    "causes": """
        select household_key, main_cause as cause, true as is_main from told_households where main_cause is not null
        union all
        select household_key, other.cause, false as is_main
        from told_households, unnest(string_split(other_causes, ',')) as other (cause)
        where other.cause <> main_cause
    """,
    "conditions": """
        select household_key, 'food_clothing', if(food_clothing_secure, 'met', 'not_met') from told_households
        where food_clothing_secure is not null
        union all
        select household_key, 'housing', if(housing_grade < 'C', 'met', 'not_met') from told_households
        where housing_grade is not null
        union all
        select household_key, 'water', if(water_safe, 'met', 'not_met') from told_households
        where water_safe is not null
    """,
    "measures": """
        select
            measure_key, household_key, person_no, measure_code,
            case when delivered_on is not null then 'delivered' when response = '1' then 'accepted' else 'offered' end,
            offered_on, if(response = '1', responded_on, null), delivered_on, amount
        from told_measures
    """,
    "assignments": "select household_key, staff_key, from_date, to_date from told_assignments",
}
#: The reader's side, with $day and $known_at.
ASKED = {
    "households": f"select {', '.join(HOUSEHOLD)} from household.households_as_of($day, known_at := $known_at)",
    "causes": "select household_key, cause, is_main from household.causes_as_of($day, known_at := $known_at)",
    "conditions": """
        select household_key, condition, state from household.conditions_as_of($day, known_at := $known_at)
        where state <> 'unknown'
    """,
    "measures": """
        select
            measure_key, household_key, person_no, measure_code, standing, offered_on, accepted_on, delivered_on, amount
        from household.measures_as_of($day, known_at := $known_at)
    """,
    "assignments": """
        select household_key, staff_key, from_date, to_date
        from responsibility.assignments_as_of($day, known_at := $known_at)
    """,
}


@contextmanager
def reading(published: Path, truth: Path, nights: Sequence[date]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file as the database in use, and what was told in tables of memory beside it."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{published}' as marts (read_only)")
        connection.execute(
            "create table county as select place_code, county_id from read_csv('dbt_project/seeds/places.csv', "
            "all_varchar = true) where level = 'county'"
        )
        for dataset in ("households", "measures", "assignments"):
            own = {"measures": ", county_id || '-' || measure_id as measure_key"}.get(dataset, "")
            own = {"assignments": ", county_id || '-' || staff_id as staff_key"}.get(dataset, own)
            files = " union all by name ".join(
                f"select date '{night}' as told_by, * from read_parquet('{truth}/{night}/told/{dataset}.parquet')"
                for night in nights
            )
            connection.execute(
                f"create table {dataset} as select t.*, county_id || '-' || household_id as household_key{own} "
                f"from ({files}) as t inner join county on t.submitter = county.place_code"
            )
        yield connection


def differences(connection: duckdb.DuckDBPyConnection, day: date, night: date) -> dict[str, int]:
    """By question the number of rows that one side has and the other has not; a row that comes twice counts twice."""
    for dataset in ("households", "measures", "assignments"):
        connection.execute(
            f"create or replace temp table told_{dataset} as from memory.{dataset} "
            f"where told_by = date '{night}' and day = date '{day}'"
        )
    found = {}
    for question, expected in EXPECTED.items():
        connection.execute("use memory")
        connection.execute(f"create or replace temp table expected as {expected}")
        connection.execute("use marts")
        asked = ASKED[question].replace("$day", f"date '{day}'")
        asked = asked.replace("$known_at", f"timestamp '{known_at(night)}'")
        connection.execute(f"create or replace temp table asked as {asked}")
        row = connection.execute(
            "select count(*) from ((from temp.expected except all from temp.asked) union all "
            "(from temp.asked except all from temp.expected))"
        ).fetchone()
        assert row is not None
        found[question] = int(row[0])
    return found
