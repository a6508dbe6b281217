"""A lake of a few rows, typed as the contract says, for tests that need to know every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from include.clocks import known_at
from include.contract import contract
from include.duck import connect
from include.files import write_parquet
from include.home import Home
from include.settings import Settings
from include.warehouse.sources import LEDGER, row_columns

COUNTY = "513431"
VILLAGE = "513431100001"
BATCH = "0-of-1"
Row = Mapping[str, Any]


def key(household: str) -> str:
    """The household_key of a household of the county."""
    return f"{COUNTY}-{household}"


def write(home: Home, kind: str, night: date, rows: Sequence[Row], dataset: str | None = None) -> None:
    """Write rows as the lake file of a night's batch; columns that a row does not name are null."""
    if dataset:
        columns = {name: type_ for name, (type_, _) in row_columns(contract(dataset), kind).items()}
    else:
        columns = LEDGER[kind][1]
    typed = ", ".join(f'"{name}" {type_}' for name, type_ in columns.items())
    unknown = {name for row in rows for name in row} - set(columns)
    assert not unknown, f"{kind} {dataset} has no column {unknown}"
    with connect(Settings(home=home.root)) as connection:
        connection.execute(f"create table rows ({typed})")
        for row in rows:
            names = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" for _ in row)
            connection.execute(f"insert into rows ({names}) values ({marks})", list(row.values()))
        write_parquet(connection, "select * from rows order by all", home.lake_file(kind, night, BATCH, dataset))


def sent(number: int, night: date, row: int, as_of: date | None = None, **values: Any) -> dict[str, Any]:
    """A row of the county as accepted or held: origin, clocks, upsert, and the given values."""
    origin = {
        "submitter": COUNTY,
        "county_id": COUNTY,
        "attempt_id": f"{COUNTY}-{number:05d}",
        "number": number,
        "night": night,
        "file": "file.csv",
        "row": row,
        "as_of": as_of or night,
        "known_at": known_at(night),
        "operation": "upsert",
    }
    if "household_id" in values:
        origin["household_key"] = key(values["household_id"])
    return origin | values


def household(number: int, night: date, row: int, household_id: str, **values: Any) -> dict[str, Any]:
    """A registered household with a house and water that are safe, and an income of 3,000 yuan for each of two."""
    usual: dict[str, Any] = {
        "household_id": household_id,
        "village_code": VILLAGE,
        "identification_standard": "1",
        "household_attribute": "1",
        "registered_on": date(2021, 5, 1),
        "main_cause": "01",
        "exit_flag": "0",
        "income_year": 2026,
        "wage_income": 4000,
        "business_income": 2500,
        "property_income": 0,
        "transfer_income": 500,
        "assistance_income": 300,
        "production_costs": 1000,
        "food_clothing_secure": True,
        "housing_grade": "B",
        "water_safe": True,
        "fuel": "01",
        "members_declared": 2,
    }
    return sent(number, night, row, **(usual | values))


def person(number: int, night: date, row: int, household_id: str, person_no: int, **values: Any) -> dict[str, Any]:
    """A grown member with insurances and a hash, which no mart may show."""
    usual: dict[str, Any] = {
        "household_id": household_id,
        "person_no": person_no,
        "sex": "2",
        "relation": "01" if person_no == 1 else "02",
        "birth_date": date(1980, 3, 1),
        "schooling": "01",
        "education": "2",
        "health": "1",
        "labour": "1",
        "medical_insurance": True,
        "serious_illness_insurance": True,
        "person_key": f"hash-{household_id}-{person_no}",
    }
    return sent(number, night, row, **(usual | values))


def attempt(number: int, night: date, kind: str = "changes", **values: Any) -> dict[str, Any]:
    """A readable attempt of the county."""
    return {
        "attempt_id": f"{COUNTY}-{number:05d}",
        "submitter": COUNTY,
        "submitter_kind": "county",
        "county_id": COUNTY,
        "number": number,
        "night": night,
        "arrived_at": known_at(night),
        "known_at": known_at(night),
        "kind": kind,
        "as_of": night,
        "nothing_due": False,
        "readable": True,
        **values,
    }


def counted(
    number: int, night: date, dataset: str, accepted: int, held: int = 0, received: int | None = None
) -> dict[str, Any]:
    """A row of conservation."""
    return {
        "attempt_id": f"{COUNTY}-{number:05d}",
        "submitter": COUNTY,
        "night": night,
        "dataset": dataset,
        "received": accepted + held if received is None else received,
        "accepted": accepted,
        "held": held,
        "rejected": 0,
    }


def finding(number: int, night: date, finding_id: str, household_id: str, row: int) -> dict[str, Any]:
    """A village that is missing in a households row."""
    return {
        "finding_id": finding_id,
        "rule": "value-missing",
        "rule_version": "1",
        "severity": "must_fix",
        "trial": False,
        "submitter": COUNTY,
        "county_id": COUNTY,
        "attempt_id": f"{COUNTY}-{number:05d}",
        "night": night,
        "dataset": "households",
        "file": "file.csv",
        "row": row,
        "household_key": key(household_id),
        "row_key": household_id,
        "column": "village_code",
        "value_class": "missing",
    }
