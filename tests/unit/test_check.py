"""check: findings say where and what and never the value; related rows are looked up where they really are."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include.contract import contract
from include.home import Home
from include.intake.check import check
from include.intake.findings import finding_id
from include.intake.known import NotMet, earlier_files
from include.intake.meet import meet
from include.settings import Settings
from tests.unit.lake_rows import (
    BATCH,
    COUNTY,
    NIGHT,
    Attempt,
    Rows,
    clean,
    household,
    lay,
    moved,
    other_county,
    person,
    run,
)

NEXT = NIGHT + timedelta(days=1)
FOUND = ("findings_check", None, "rule, row_key")
FINDING_COLUMNS = [
    "finding_id", "rule", "rule_version", "severity", "trial", "submitter", "county_id", "attempt_id", "night",
    "dataset", "file", "row", "household_key", "row_key", "column", "value_class", "detail", "mark",
]  # fmt: skip


def edited(dataset: str, position: int, **values: Any) -> Rows:
    """The clean package with one row changed."""
    rows = clean()
    rows[dataset][position].update(values)
    return rows


def test_finding_names_the_place_and_not_the_value(tmp_path: Path) -> None:
    night = run(tmp_path, [Attempt(edited("households", 0, net_income="9999.5", housing_area="约六十平"))])
    with duckdb.connect() as connection:
        path = str(night.home.lake_file("findings_check", NIGHT, BATCH))
        found = connection.execute("select * from read_parquet(?) order by rule", [path]).fetchall()
        names = [column[0] for column in connection.description or []]
    assert names == FINDING_COLUMNS
    first = dict(zip(names, found[0], strict=True))
    assert first == {
        "finding_id": finding_id("income-parts-do-not-add-up", COUNTY, "households", "H1", "net_income"),
        "rule": "income-parts-do-not-add-up",
        "rule_version": "1",
        "severity": "must_fix",
        "trial": False,
        "submitter": COUNTY,
        "county_id": COUNTY,
        "attempt_id": f"{COUNTY}-00001",
        "night": NIGHT,
        "dataset": "households",
        "file": "households.csv",
        "row": 2,
        "household_key": f"{COUNTY}-H1",
        "row_key": "H1",
        "column": "net_income",
        "value_class": "inconsistent",
        "detail": None,
        "mark": None,
    }
    assert [row[1] for row in found] == ["income-parts-do-not-add-up", "value-not-a-number"]
    everything = repr(found)
    assert "9999" not in everything
    assert "六十" not in everything


def test_a_row_without_key_is_known_by_its_place(tmp_path: Path) -> None:
    night = run(tmp_path, [Attempt(edited("visits", 0, visit_id=""))])
    [(found, row_key)] = night.rows("findings_check", None, "finding_id, row_key")
    text = f"key-missing|{COUNTY}-00001|visits.csv|2|visit_id"
    assert (found, row_key) == (hashlib.sha256(text.encode()).hexdigest(), None)


def test_finding_id_stays_the_same_on_the_next_night(tmp_path: Path) -> None:
    broken = edited("households", 0, arable_land="1000")
    first = run(tmp_path, [Attempt(broken)]).rows("findings_check", None, "finding_id")
    later = run(tmp_path, [Attempt(broken, number=2, as_of=NEXT)], NEXT).rows("findings_check", None, "finding_id")
    assert first == later
    assert len(first) == 1


def test_an_unreadable_code_weighs_by_whether_it_is_required(tmp_path: Path) -> None:
    rows = clean()
    for row, values in zip(
        rows["households"], ({"main_cause": "23"}, {"housing_grade": "E"}, {"operation": "delete"}), strict=True
    ):
        row.update(values)
    night = run(tmp_path, [Attempt(rows)])
    assert {
        ("households", "code-unknown", 2, "must_fix", "main_cause"),
        ("households", "code-unknown", 3, "explain", "housing_grade"),
        ("households", "code-unknown", 4, "must_fix", "operation"),
    } <= night.findings()
    assert night.keys("held", "households", "household_id") == ["H1", "H3"]
    assert night.rows("accepted", "households", "household_id, housing_grade") == [("H2", None)]


def test_an_unreadable_cell_is_told_once(tmp_path: Path) -> None:
    """Nonsense in any cell that is not a text or an id breaks the cell's own rule and draws no other finding."""
    told = {
        "integer": "value-not-a-whole-number",
        "number": "value-not-a-number",
        "date": "value-not-a-date",
        "boolean": "value-not-yes-or-no",
    }
    attempts, expected = [], set()
    for dataset, rows in clean().items():
        item = contract(dataset)
        for column in item.lake_columns:
            if column.name in item.key or not (column.type in told or column.code_list or column.reference):
                continue
            for position in range(len(rows)):
                who = other_county(len(attempts))
                changed = edited(dataset, position, **{column.name: "§"})
                for row in changed["persons"]:
                    row["person_key"] = f"{who}-{row['person_key']}"
                attempts.append(Attempt(moved(changed, len(attempts)), submitter=who))
                rule = {"places": "place-unknown", "measures": "measure-unknown"}.get(column.reference or "")
                rule = rule or ("code-unknown" if column.code_list else told[column.type])
                expected.add((who, dataset, position + 2, rule, column.name))
    night = run(tmp_path, attempts)
    assert len(attempts) > 300
    assert set(night.rows("findings_check", None, 'submitter, dataset, "row", rule, "column"')) == expected


def test_duplicated_key_is_told_on_every_row(tmp_path: Path) -> None:
    rows = clean()
    rows["persons"].append(dict(rows["persons"][1]))
    night = run(tmp_path, [Attempt(rows)])
    assert night.findings() == {
        ("persons", "key-duplicated", 3, "must_fix", "household_id"),
        ("persons", "key-duplicated", 8, "must_fix", "household_id"),
    }


def test_changes_are_judged_against_the_last_accepted_state(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(clean())])
    changes: Rows = {
        "households": [household("H1", surveyed_on="2026-11-21")],
        "visits": [
            {"visit_id": "V2", "household_id": "H3", "staff_id": "S1", "visited_on": "2026-11-21", "visit_kind": "1"}
        ],
        "persons": [person("H3", 2, labour="2")],
    }
    night = run(tmp_path, [Attempt(changes, number=2, kind="changes", as_of=NEXT)], NEXT)
    assert night.findings() == set()
    assert night.states() == {f"{COUNTY}-00002": "accepted"}


def test_changes_see_what_they_change(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(clean())])
    changes: Rows = {
        # H1 now declares three members and two are known; H2's second member is closed, so one is left of two declared.
        "households": [household("H1", members_declared="3"), clean()["households"][1]],
        "persons": [
            person("H2", 2, operation="close", close_reason="death", closed_on="2026-11-10", closed_by="U1"),
            person("H7", 1),
        ],
    }
    night = run(tmp_path, [Attempt(changes, number=2, kind="changes", as_of=NEXT)], NEXT)
    assert night.findings() == {
        ("households", "members-declared-differ", 2, "must_fix", "members_declared"),
        ("households", "members-declared-differ", 3, "must_fix", "members_declared"),
        ("persons", "person-without-household", 3, "must_fix", "household_id"),
    }
    details = night.rows("findings_check", None, "detail")
    assert ("declared 3, rows 2",) in details
    assert ("declared 2, rows 1",) in details


def test_a_full_package_stands_for_itself(tmp_path: Path) -> None:
    """What the last state knew does not fill up a full package's own files; a dataset it does not bring it does."""
    run(tmp_path, [Attempt(clean())])
    rows = clean()
    rows["persons"] = [row for row in rows["persons"] if row["household_id"] != "H1"]
    del rows["decisions"]
    night = run(tmp_path, [Attempt(rows, number=2, as_of=NEXT)], NEXT)
    assert night.findings() == {("households", "household-without-members", 2, "must_fix", "members_declared")}


def test_a_vanished_household_is_told_and_not_closed(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(clean())])
    rows = {name: [row for row in items if row.get("household_id") != "H2"] for name, items in clean().items()}
    night = run(tmp_path, [Attempt(rows, number=2, as_of=NEXT)], NEXT)
    assert night.rows("findings_check", None, 'rule, severity, "row", row_key, household_key') == [
        ("household-vanished", "explain", None, "H2", f"{COUNTY}-H2")
    ]
    again = run(tmp_path, [Attempt(rows, number=3, kind="changes", as_of=NEXT)], NEXT + timedelta(days=1))
    assert again.broken() == set()


def test_a_closed_household_has_not_vanished(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(clean())])
    rows = {name: [row for row in items if row.get("household_id") != "H2"] for name, items in clean().items()}
    closing = {"operation": "close", "close_reason": "moved_out", "closed_on": "2026-11-20", "closed_by": "U1"}
    rows["households"].append({"household_id": "H2", **closing})
    rows["persons"] += [{"household_id": "H2", "person_no": number, **closing} for number in ("1", "2")]
    first = run(tmp_path, [Attempt(rows, number=2, as_of=NEXT)], NEXT)
    assert first.findings() == set()
    assert first.states() == {f"{COUNTY}-00002": "accepted"}
    gone = {name: [row for row in items if row.get("household_id") != "H2"] for name, items in clean().items()}
    later = NEXT + timedelta(days=1)
    assert run(tmp_path, [Attempt(gone, number=3, as_of=later)], later).findings() == set()


def test_one_person_in_two_counties_is_told_to_both_by_the_same_match(tmp_path: Path) -> None:
    other = edited("persons", 1, person_key="shared")
    night = run(
        tmp_path,
        [
            Attempt(edited("persons", 1, person_key="shared")),
            Attempt(_own_keys(other, "shared"), submitter="513437"),
        ],
    )
    rows = [
        row
        for row in night.rows("findings_check", None, "submitter, rule, household_key, detail")
        if row[1] == "person-in-two-households"
    ]
    assert [row[0] for row in rows] == [COUNTY, "513437"]
    assert rows[0][3] == rows[1][3]
    assert "513437" not in rows[0][3]
    assert "shared" not in repr(rows)


def _own_keys(rows: Rows, shared: str) -> Rows:
    """Another county's persons: the same rows with keys of their own but for the shared one, and no village of ours."""
    for row in rows["persons"]:
        if row["person_key"] != shared:
            row["person_key"] = f"other-{row['person_key']}"
    return rows


def test_a_person_known_from_an_earlier_night_is_met(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(clean())])
    changes: Rows = {
        "households": [household("H8", members_declared="1")],
        "persons": [person("H8", 1, person_key="key-H1-2", sex="2")],
        "assignments": [{"household_id": "H8", "staff_id": "S1", "from_date": "2026-11-20"}],
    }
    night = run(tmp_path, [Attempt(changes, number=2, kind="changes", as_of=NEXT)], NEXT)
    assert night.findings() == {
        ("persons", "person-in-two-households", 2, "explain", "household_id"),
        ("households", "county-grew-quickly", None, "advice", None),
    }


def test_identical_incomes_in_a_village_are_advice(tmp_path: Path) -> None:
    rows = clean()
    for number in range(10):
        rows["households"].append(household(f"X{number}", members_declared="1"))
        rows["persons"].append(person(f"X{number}", 1))
        rows["assignments"].append({"household_id": f"X{number}", "staff_id": "S1", "from_date": "2026-01-01"})
    night = run(tmp_path, [Attempt(rows)])
    assert night.rows("findings_check", None, "rule, severity, row_key, detail") == [
        ("incomes-identical-in-village", "advice", "513431100001", "12 of 13 households")
    ]
    assert night.states() == {f"{COUNTY}-00001": "accepted"}


def test_narrower_standard_decides(tmp_path: Path) -> None:
    """Two attempts with the same income, one before the line of 2020: each is judged by the line of its day."""
    rows = edited("households", 1, wage_income="2000", net_income="5000")
    now = run(tmp_path / "now", [Attempt(rows)])
    then = run(tmp_path / "then", [Attempt(rows, as_of=date(2010, 6, 1))])
    assert "exited-below-line" in now.broken()
    assert "exited-below-line" not in then.broken()


def test_same_night_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    rows = edited("households", 0, arable_land="1000", net_income="1")
    night = run(tmp_path, [Attempt(rows), Attempt(rows, submitter="513437")])
    path = night.home.lake_file("findings_check", NIGHT, BATCH)
    first = path.read_bytes()
    check(night.home, Settings(home=tmp_path, threads=2), NIGHT, BATCH)
    assert path.read_bytes() == first


def test_earlier_files_are_of_earlier_nights_and_of_any_layout_of_batches(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for night, name in (
        ("2026-11-18", "0-of-4"),
        ("2026-11-18", "1-of-4"),
        ("2026-11-19", "1-of-2"),
        (str(NIGHT), "0-of-4"),
    ):
        path = home.lake_file("accepted", date.fromisoformat(night), name, "persons")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = earlier_files(home, NIGHT, "persons", "0-of-4")
    assert [Path(path).relative_to(home.lake).as_posix() for path in found] == [
        "accepted/persons/night=2026-11-18/0-of-4.parquet",
        "accepted/persons/night=2026-11-19/1-of-2.parquet",
    ]
    assert len(earlier_files(home, NIGHT, "persons")) == 3


def test_a_batch_without_attempts_has_no_findings(tmp_path: Path) -> None:
    home = Home(tmp_path)
    lay(home, [])
    meet(home, Settings(home=tmp_path), NIGHT)
    result = check(home, Settings(home=tmp_path), NIGHT, BATCH)
    assert result.counts == {}
    assert home.lake_file("findings_check", NIGHT, BATCH).exists()


def test_nothing_is_checked_before_the_offices_met(tmp_path: Path) -> None:
    home = Home(tmp_path)
    lay(home, [Attempt(clean())])
    with pytest.raises(NotMet, match="run meet"):
        check(home, Settings(home=tmp_path), NIGHT, BATCH)


def test_an_exit_decision_of_before_a_return_answers_for_no_later_exit(tmp_path: Path) -> None:
    rows = clean()
    exit_ = next(row for row in rows["decisions"] if row["household_id"] == "H2")
    back = exit_ | {"decision_id": "D8", "act": "return", "decided_on": "2021-05-20", "reason": "meets_standard"}
    rows["decisions"].append(back)
    asked = ("exit-without-decision", "H2")
    told = {(rule, key) for rule, key, *_ in run(tmp_path / "returned", [Attempt(rows)]).rows(*FOUND)}
    assert asked in told
    rows["decisions"].append(exit_ | {"decision_id": "D9", "decided_on": "2023-11-30"})
    told = {(rule, key) for rule, key, *_ in run(tmp_path / "left again", [Attempt(rows)]).rows(*FOUND)}
    assert asked not in told
