"""Of a place and of a pairing only those may tell whose they are: nobody else's row is taken."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from include.home import Home
from tests.unit.lake_rows import NIGHT, Attempt, Rows
from tests.unit.test_meet import play

PAIRING, PLACE = "pairing-of-another-province", "place-of-another-county"
TIANJIN, GUANGDONG, GANSU = "120000", "440000", "620000"
NEXT = NIGHT + timedelta(days=1)


def pairing(number: str, helper: str, helped: str) -> dict[str, Any]:
    return {"pairing_id": number, "helper_place_code": helper, "helped_place_code": helped, "from_date": "2021-04-01"}


def delivery(number: str, of: str, side: str, **values: Any) -> dict[str, Any]:
    base = {"delivery_id": number, "pairing_id": of, "reporting_side": side, "quarter_start": "2026-07-01"}
    return base | {"indicator": "jobs", "promised": "100", "delivered": "100"} | values


def told(**rows: dict[str, Any]) -> Rows:
    """One row of each dataset."""
    return {dataset: [row] for dataset, row in rows.items()}


def broken(home: Home, *attempts: Attempt, night: Any = NIGHT) -> set[tuple[str, str]]:
    return {(who, rule) for who, rule, *_ in play(home, list(attempts), 1, night)}


def taken(home: Home, dataset: str) -> set[str]:
    """Who had a row of the dataset taken."""
    return {who for (who,) in _accepted(home, dataset, "submitter")}


def _accepted(home: Home, dataset: str, columns: str) -> list[tuple[Any, ...]]:
    files = [str(path) for path in (home.lake / "accepted" / dataset).glob("night=*/*.parquet")]
    return duckdb.execute(f"select {columns} from read_parquet($1)", [files]).fetchall() if files else []


def test_a_third_province_tells_nothing_of_a_listed_pairing(tmp_path: Path) -> None:
    """2016-04 is Tianjin's help for Gansu: a row of Guangdong neither counts as a side's nor moves the pairing."""
    home = Home(tmp_path)
    found = broken(
        home,
        Attempt(told(pairing_deliveries=delivery("a", "2016-04", "helper")), submitter=TIANJIN),
        Attempt(told(pairing_deliveries=delivery("b", "2016-04", "helped")), submitter=GANSU),
        Attempt(
            told(
                pairings=pairing("2016-04", "44", "62"),
                pairing_deliveries=delivery("c", "2016-04", "helper", promised="900", delivered="0"),
            ),
            submitter=GUANGDONG,
        ),
    )
    assert found == {(GUANGDONG, PAIRING)}
    assert taken(home, "pairing_deliveries") == {TIANJIN, GANSU}
    assert taken(home, "pairings") == set()


def test_neither_side_speaks_for_the_other(tmp_path: Path) -> None:
    found = broken(
        Home(tmp_path),
        Attempt(told(pairing_deliveries=delivery("a", "2016-04", "helped")), submitter=TIANJIN),
        Attempt(told(pairing_deliveries=delivery("b", "2016-04", "helper")), submitter=GANSU),
    )
    assert found == {(TIANJIN, PAIRING), (GANSU, PAIRING)}


def test_a_pairing_told_in_the_same_night_and_by_the_helped_side_alone_is_known(tmp_path: Path) -> None:
    found = broken(
        Home(tmp_path),
        Attempt(told(pairing_deliveries=delivery("a", "Q7", "helper")), submitter=TIANJIN),
        Attempt(told(pairings=pairing("Q7", "12", "6230")), submitter=GANSU),
        Attempt(told(pairing_deliveries=delivery("c", "Q7", "helper")), submitter=GUANGDONG),
    )
    assert found == {(GUANGDONG, PAIRING)}


def test_who_told_of_a_pairing_before_keeps_it_and_corrects_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert broken(home, Attempt(told(pairings=pairing("Q7", "12", "6230")), submitter=GANSU)) == set()
    found = broken(
        home,
        Attempt(told(pairings=pairing("Q7", "37", "6230")), submitter=GANSU, number=2),
        Attempt(told(pairings=pairing("Q7", "44", "4402")), submitter=GUANGDONG),
        Attempt(told(pairing_deliveries=delivery("d", "Q7", "helper")), submitter="370000"),
        night=NEXT,
    )
    assert found == {(GUANGDONG, PAIRING)}
    assert taken(home, "pairings") == {GANSU}


_UNIT = {"unit_id": "U1", "unit_name": "县农业农村局", "unit_kind": "party_government", "level": "county"}
_TASK = {"task_id": "T1", "unit_id": "U1", "task_kind": "deliver_measure", "due_on": "2026-06-30"}
_FUND = {"project_id": "P1", "fund_source": "central", "allocated": "10", "allocated_on": "2026-01-10"}
_HELP = {
    "unit_id": "U1",
    "contribution_id": "C1",
    "contribution_kind": "jobs",
    "quantity": "3",
    "given_on": "2026-03-01",
}
_PLAN = {"plan_id": "L1", "issuer_unit_id": "U1", "indicator": "persons_exiting", "period": "2026", "target": "1"}


#: Who sends what of which place, and whether it is taken.
_OF_PLACES = (
    ("341524", "tasks", _TASK, "130624", False),
    ("341524", "tasks", _TASK, "3415", False),
    ("341524", "tasks", _TASK, "341524", True),
    ("341524", "funds", _FUND, "130624", False),
    ("341524", "plans", _PLAN, "130624", False),
    ("340000", "funds", _FUND, "341524", True),
    ("340000", "funds", _FUND, "130624", False),
    ("340000", "plans", _PLAN, "34", True),
    ("120000", "contributions", _HELP, "620102", True),
    ("120000", "contributions", _HELP, "341524", False),
    ("120000", "funds", _FUND, "620102", False),
    # Xunyang was 610928 and is 610981; both codes are its own.
    ("610981", "tasks", _TASK, "610928", True),
    ("610981", "tasks", _TASK, "610981", True),
)


def test_a_row_of_a_place_is_its_countys_or_its_provinces(tmp_path: Path) -> None:
    home = Home(tmp_path)
    attempts: dict[str, Attempt] = {}
    for number, (submitter, dataset, row, place, _) in enumerate(_OF_PLACES):
        own_id = "610928" if submitter == "610981" else None
        attempt = attempts.setdefault(submitter, Attempt(submitter=submitter, county_id=own_id))
        attempt.rows["units"] = [_UNIT | {"place_code": submitter if own_id else submitter[:2]}]
        key = next(name for name in row if name.endswith("_id") and name not in ("unit_id", "issuer_unit_id"))
        attempt.rows.setdefault(dataset, []).append(row | {key: f"K{number}", "place_code": place})
    assert broken(home, *attempts.values()) == {(who, PLACE) for who, *_, is_taken in _OF_PLACES if not is_taken}
    found = {
        (who, dataset, place)
        for dataset in ("tasks", "funds", "plans", "contributions")
        for who, place in _accepted(home, dataset, "submitter, place_code")
    }
    assert found == {(who, dataset, place) for who, dataset, _, place, is_taken in _OF_PLACES if is_taken}
