"""Hand-made rows of lake/read for the tests of check and judge: what receive leaves for a night's batch.

Everything here is invented. SYNTHETIC 模拟数据.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from include.clocks import known_at
from include.contract import contracts
from include.home import Home
from include.intake.check import check
from include.intake.findings import FINDING_COLUMNS
from include.intake.judge import judge
from include.intake.meet import meet
from include.keys import hmac_key_file
from include.seeds import SEEDS
from include.settings import Settings

NIGHT = date(2026, 11, 20)
BATCH = "0-of-1"
COUNTY = "513431"
VILLAGE = "513431100001"

NEXT_VILLAGE = "513431100002"
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")

Rows = dict[str, list[dict[str, Any]]]


@cache
def _other_counties() -> list[tuple[str, str, str]]:
    """Counties with two of their villages, in provinces without standards of their own: all are judged alike."""
    with (SEEDS / "standards.csv").open(encoding="utf-8", newline="") as file:
        apart = {row["jurisdiction"][:2] for row in csv.DictReader(file)}
    villages: dict[str, list[str]] = {}
    with (SEEDS / "places.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["level"] == "village" and row["place_code"].startswith(row["county_id"]):
                villages.setdefault(row["county_id"], []).append(row["place_code"])
    return sorted((c, *v[:2]) for c, v in villages.items() if len(v) > 1 and c[:2] not in apart)  # type: ignore[misc]


def other_county(number: int) -> str:
    """The code of one of many other counties, which are judged as COUNTY is."""
    return _other_counties()[number][0]


def moved(rows: Rows, number: int) -> Rows:
    """The same rows as sent by that other county: its own places stand where COUNTY's stood."""
    county, village, next_village = _other_counties()[number]
    places = {COUNTY: county, VILLAGE: village, NEXT_VILLAGE: next_village}
    places |= {old.translate(_FULL_WIDTH): new.translate(_FULL_WIDTH) for old, new in places.items()}
    return {
        dataset: [{name: _moved(name, value, places) for name, value in row.items()} for row in items]
        for dataset, items in rows.items()
    }


def _moved(name: str, value: Any, places: dict[str, str]) -> Any:
    """A designation's number begins with the code of its county."""
    return value.replace(COUNTY, places[COUNTY]) if name == "designation_id" else places.get(value, value)


def person(household: str, number: int, **values: Any) -> dict[str, Any]:
    """A healthy adult of working age, head of the household when the first."""
    base = {
        "household_id": household,
        "person_no": str(number),
        "sex": "1" if number == 1 else "2",
        "relation": "01" if number == 1 else "02",
        "birth_date": "1980-05-01",
        "education": "2",
        "schooling": "01",
        "health": "1",
        "labour": "1",
        "medical_insurance": "是",
        "person_key": f"key-{household}-{number}",
        "identity_check": "ok",
        "identity_birth_agrees": True,
        "identity_sex_agrees": True,
    }
    return base | values


def household(number: str, **values: Any) -> dict[str, Any]:
    """A registered household for lack of land, of two members, that breaks no rule."""
    base = {
        "household_id": number,
        "village_code": VILLAGE,
        "identification_standard": "1",
        "household_attribute": "1",
        "registered_on": "2015-06-01",
        "main_cause": "05",
        "exit_flag": "0",
        "income_year": "2026",
        "wage_income": "8000",
        "business_income": "3000",
        "property_income": "200",
        "transfer_income": "1300",
        "assistance_income": "900",
        "production_costs": "1500",
        "net_income": "11000",
        "arable_land": "5",
        "irrigated_land": "2",
        "forest_land": "3",
        "grain_for_green_land": "0",
        "housing_area": "60",
        "housing_grade": "B",
        "water_safe": "是",
        "members_declared": "2",
        "surveyed_on": "2026-10-12",
    }
    return base | values


def clean() -> Rows:
    """A package in which no rule is broken: households H1 (in need), H2 (exited), H3 (monitored) and their rows."""
    return {
        "households": [
            household("H1"),
            household(
                "H2", main_cause="07", exit_flag="1", exited_on="2019-11-30", wage_income="20000", net_income="23000"
            ),
            household(
                "H3",
                main_cause="01",
                exit_flag="1",
                exited_on="2019-11-30",
                monitoring_class="1",
                monitoring_identified_on="2026-03-01",
                risks="01",
                risk_status="1",
            ),
        ],
        "persons": [
            person("H1", 1),
            person("H1", 2),
            person("H2", 1),
            person("H2", 2),
            person("H3", 1, health="2"),
            person("H3", 2),
        ],
        "measures": [
            {
                "measure_id": "M1",
                "household_id": "H1",
                "measure_code": "M-LAND",
                "offered_on": "2026-02-01",
                "response": "1",
                "responded_on": "2026-02-03",
                "delivered_on": "2026-04-01",
                "amount": "1200",
            },
            {
                "measure_id": "M3",
                "household_id": "H3",
                "measure_code": "M-HEALTH",
                "offered_on": "2026-03-05",
                "response": "1",
                "delivered_on": "2026-03-20",
                "provider_unit_id": "U1",
            },
        ],
        "units": [
            {
                "unit_id": "U1",
                "unit_name": "县农业农村局",
                "unit_kind": "party_government",
                "level": "county",
                "place_code": COUNTY,
            },
        ],
        "staff": [
            {
                "staff_id": "S1",
                "unit_id": "U1",
                "role": "helper",
                "level": "village",
                "place_code": VILLAGE,
                "from_date": "2021-01-01",
            },
        ],
        "assignments": [
            {"household_id": "H1", "staff_id": "S1", "from_date": "2021-01-01"},
            {"household_id": "H3", "staff_id": "S1", "from_date": "2026-03-01"},
        ],
        "visits": [
            {"visit_id": "V1", "household_id": "H1", "staff_id": "S1", "visited_on": "2026-11-02", "visit_kind": "1"},
        ],
        "decisions": [
            {
                "decision_id": f"D{n}",
                "household_id": f"H{n}",
                "act": "exit",
                "office_unit_id": "U1",
                "decided_on": "2019-11-30",
                "reason": "stable_income_and_guarantees",
                "notice_on": "2019-11-20",
                "appeal_deadline": "2019-12-30",
            }
            for n in (2, 3)
        ],
        "tasks": [
            {
                "task_id": "T1",
                "unit_id": "U1",
                "place_code": COUNTY,
                "task_kind": "deliver_measure",
                "measure_code": "M-LAND",
                "target": "10",
                "due_on": "2026-12-31",
            },
        ],
        "funds": [
            {
                "project_id": "P1",
                "fund_source": "central",
                "place_code": COUNTY,
                "allocated": "500000",
                "allocated_on": "2026-01-10",
                "disbursed": "200000",
                "disbursed_on": "2026-05-10",
            },
        ],
        "villages": [{"village_code": VILLAGE, "registered_population": "1800"}],
        "grievances": [
            {
                "grievance_id": "G1",
                "household_id": "H1",
                "grievance_kind": "other",
                "opened_on": "2026-08-01",
                "resolved_on": "2026-08-10",
                "outcome": "not_upheld",
            },
        ],
        "cross_checks": [
            {
                "check_id": "X1",
                "register_kind": "vehicle",
                "found_on": "2026-11-01",
                "person_key": "key-X1",
                "identity_check": "ok",
            },
        ],
        "applications": [
            {"application_id": "A1", "household_id": "H1", "applied_on": "2015-05-01", "status": "granted"},
        ],
    }


@dataclass
class Attempt:
    """A package that receive has read; numbers count from 1 for each submitter."""

    rows: Rows = field(default_factory=dict)
    submitter: str = COUNTY
    county_id: str | None = None
    """The submitter's own code when not given."""
    number: int = 1
    kind: str = "full"
    as_of: date = NIGHT
    nothing_due: bool = False
    refusal: str | None = None
    brings: tuple[str, ...] = ()
    """Datasets that come as readable files without rows."""

    @property
    def attempt_id(self) -> str:
        return f"{self.submitter}-{self.number:05d}"

    @property
    def submitter_kind(self) -> str:
        if "-" in self.submitter:
            return self.submitter.split("-")[0]
        return "province" if self.submitter.endswith("0000") else "county"


_TYPES = {
    "number": "INTEGER",
    "night": "DATE",
    "arrived_at": "TIMESTAMP",
    "known_at": "TIMESTAMP",
    "bytes": "BIGINT",
    "as_of": "DATE",
    "nothing_due": "BOOLEAN",
    "readable": "BOOLEAN",
    "received_rows": "BIGINT",
}
_ATTEMPTS = """attempt_id submitter submitter_kind county_id number night arrived_at known_at package sha256 bytes
    contract_version kind as_of nothing_due readable refusal replay_of"""
_FILES = "attempt_id submitter night dataset file received_rows readable refusal"


def _columns(names: str) -> dict[str, str]:
    return {name: _TYPES.get(name, "VARCHAR") for name in names.split()}


def _lay_secret(home: Home) -> None:
    """One secret for all homes, so that what is made with it can be compared; a home that has its own keeps it."""
    path = hmac_key_file(home)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text("5e" * 32 + "\n", encoding="ascii")


def lay(home: Home, attempts: list[Attempt], night: date = NIGHT, batch: str = BATCH) -> None:
    """Write attempts, files and read of a night's batch, as receive would."""
    _lay_secret(home)
    when = {"night": str(night), "arrived_at": str(known_at(night)), "known_at": str(known_at(night))}
    _write(
        home.lake_file("attempts", night, batch),
        _columns(_ATTEMPTS),
        [
            when
            | {
                "attempt_id": a.attempt_id,
                "submitter": a.submitter,
                "submitter_kind": a.submitter_kind,
                "county_id": a.county_id or a.submitter,
                "number": a.number,
                "package": str(night),
                "kind": a.kind,
                "as_of": str(a.as_of),
                "nothing_due": a.nothing_due,
                "readable": a.refusal is None,
                "refusal": a.refusal,
            }
            for a in attempts
        ],
    )
    _write(
        home.lake_file("files", night, batch),
        _columns(_FILES),
        [
            {
                "attempt_id": a.attempt_id,
                "submitter": a.submitter,
                "night": str(night),
                "dataset": dataset,
                "file": f"{dataset}.csv",
                "received_rows": len(a.rows.get(dataset, ())),
                "readable": True,
            }
            for a in attempts
            for dataset in (*a.rows, *a.brings)
        ],
    )
    _write(home.lake_file("findings_receive", night, batch), _columns_of(FINDING_COLUMNS), [])
    for dataset in sorted({name for a in attempts for name in a.rows}):
        item = contracts()[dataset]
        columns = dict.fromkeys(("submitter", "attempt_id", "night", "file", "row", "unreadable"), "VARCHAR")
        columns |= {"night": "DATE", "row": "BIGINT", "masked_columns": "VARCHAR[]"}
        columns |= {column.name: "VARCHAR" for column in item.lake_columns}
        if any(column.hashed for column in item.columns):
            columns |= {"person_key": "VARCHAR", "identity_check": "VARCHAR"}
            columns |= {"identity_birth_agrees": "BOOLEAN", "identity_sex_agrees": "BOOLEAN"}
        _write(
            home.lake_file("read", night, batch, dataset),
            columns,
            [
                {
                    "submitter": a.submitter,
                    "attempt_id": a.attempt_id,
                    "night": str(night),
                    "file": f"{dataset}.csv",
                    "row": number,
                    "masked_columns": [],
                }
                | row
                for a in attempts
                for number, row in enumerate(a.rows.get(dataset, ()), start=2)
            ],
        )


def _columns_of(typed: str) -> dict[str, str]:
    """Columns of a list such as `rule varchar, "row" bigint` with their types."""
    pairs = (column.strip().rsplit(None, 1) for column in typed.split(","))
    return {name.strip('"'): type_.upper() for name, type_ in pairs}


def _write(path: Path, columns: dict[str, str], rows: list[dict[str, Any]]) -> None:
    """Write rows as Parquet with these columns; a row may leave columns out and has no others."""
    for row in rows:
        assert set(row) <= set(columns), set(row) - set(columns)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = path.with_suffix(".json")
    lines.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute(
            f"""copy (select * from read_json('{lines}', format = 'newline_delimited', columns = {columns})
            order by attempt_id, file_order) to '{path}' (format parquet)""".replace(
                "file_order", 'file, "row"' if "row" in columns else "1"
            )
        )
    lines.unlink()


def run(root: Path, attempts: list[Attempt], night: date = NIGHT) -> Night:
    """Lay the attempts down, check and judge them, and open what came of it."""
    home = Home(root)
    settings = Settings(home=root, threads=1)
    lay(home, attempts, night)
    meet(home, settings, night)
    check(home, settings, night, BATCH)
    judge(home, settings, night, BATCH)
    return Night(home, night)


@dataclass(frozen=True)
class Night:
    """What a night left in the lake."""

    home: Home
    night: date

    def rows(self, kind: str, dataset: str | None = None, columns: str = "*") -> list[tuple[Any, ...]]:
        """Rows of one kind of the lake, in the order they lie in; none when the file is not there."""
        path = self.home.lake_file(kind, self.night, BATCH, dataset)
        if not path.exists():
            return []
        with duckdb.connect() as connection:
            return connection.execute(f"select {columns} from read_parquet(?)", [str(path)]).fetchall()

    def findings(self) -> set[tuple[str, str, int | None, str, str | None]]:
        """(dataset, rule, row, severity, column) of every finding of check."""
        return set(self.rows("findings_check", None, 'dataset, rule, "row", severity, "column"'))

    def broken(self) -> set[str]:
        """Ids of the rules that were broken."""
        return {rule for _, rule, *_ in self.findings()}

    def keys(self, kind: str, dataset: str, key: str) -> list[Any]:
        """The key column of the rows of one kind."""
        return [value for (value,) in self.rows(kind, dataset, key)]

    def states(self) -> dict[str, str]:
        """attempt_id to state."""
        return dict(self.rows("attempt_states", None, "attempt_id, state"))
