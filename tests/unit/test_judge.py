"""judge: every row ends in one place, households are held whole, a tripped breaker holds removals and exits alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.contract import contract
from include.intake import broken
from include.intake.judge import FindingsMissing, judge
from include.intake.typed import typed_columns
from include.rules import catalogue
from include.settings import Settings
from tests.unit.lake_rows import (
    BATCH,
    COUNTY,
    NIGHT,
    VILLAGE,
    Attempt,
    Rows,
    clean,
    household,
    moved,
    other_county,
    person,
    run,
)

NEXT = NIGHT + timedelta(days=1)
FIRST = f"{COUNTY}-00001"
SECOND = f"{COUNTY}-00002"
CLOSING = {"operation": "close", "close_reason": "moved_out", "closed_on": "2026-11-20", "closed_by": "U1"}


def edited(dataset: str, position: int, **values: Any) -> Rows:
    rows = clean()
    rows[dataset][position].update(values)
    return rows


def county_of(households: int, start: int = 0, **values: Any) -> Rows:
    """Many households of one head each, all clean; `values` go into every households row."""
    numbers = [f"K{number:04d}" for number in range(start, start + households)]
    rows = {name: items for name, items in clean().items() if name in {"units", "staff", "decisions"}}
    rows["decisions"] = [
        dict(rows["decisions"][0], decision_id=f"D-{number}", household_id=number) for number in numbers
    ]
    rows["households"] = [
        household(number, members_declared="1", wage_income=str(7000 + index), net_income=str(10000 + index), **values)
        for index, number in enumerate(numbers)
    ]
    rows["persons"] = [person(number, 1) for number in numbers]
    rows["assignments"] = [{"household_id": number, "staff_id": "S1", "from_date": "2021-01-01"} for number in numbers]
    return rows


def test_a_household_is_held_whole_in_every_dataset(tmp_path: Path) -> None:
    night = run(tmp_path, [Attempt(edited("households", 0, net_income="1"))])
    for dataset in ("households", "persons", "measures", "assignments", "visits", "grievances", "applications"):
        assert set(night.keys("held", dataset, "household_id")) == {"H1"}, dataset
        assert "H1" not in night.keys("accepted", dataset, "household_id"), dataset
    assert night.rows("held", "decisions") == []
    assert night.keys("accepted", "decisions", "decision_id") == ["D2", "D3"]
    assert night.keys("held", "persons", "held_by") == [["income-parts-do-not-add-up"]] * 2
    assert night.states() == {FIRST: "partly_accepted"}
    assert night.rows("attempt_states", None, "reason") == [("income-parts-do-not-add-up",)]


def test_a_broken_row_of_another_dataset_holds_the_household(tmp_path: Path) -> None:
    night = run(tmp_path, [Attempt(edited("measures", 1, measure_code="M-NONE"))])
    assert night.rows("held", "households", "household_id, held_by") == [("H3", ["measure-unknown"])]
    assert set(night.keys("held", "persons", "person_no")) == {1, 2}
    assert night.keys("held", "decisions", "decision_id") == ["D3"]


def test_a_row_without_household_is_held_alone(tmp_path: Path) -> None:
    rows = clean()
    rows["persons"] += [person("H9", 1), person("H9", 2, relation="77")]
    rows["funds"].append(dict(rows["funds"][0], project_id="P2", allocated="很多"))
    night = run(tmp_path, [Attempt(rows)])
    assert night.rows("held", "persons", "household_id, person_no, held_by") == [
        ("H9", 1, ["person-without-household"]),
        ("H9", 2, ["code-unknown", "person-without-household"]),
    ]
    assert night.keys("held", "funds", "project_id") == ["P2"]
    assert night.keys("accepted", "funds", "project_id") == ["P1"]
    assert set(night.keys("accepted", "households", "household_id")) == {"H1", "H2", "H3"}


def test_a_rejected_row_is_not_lost_from_its_household(tmp_path: Path) -> None:
    """A member without number cannot be kept; the household, which then has one too few, waits with the rest."""
    night = run(tmp_path, [Attempt(edited("persons", 1, person_no="二"))])
    assert night.rows("rejected", "persons", '"row", rule') == [(3, "key-missing")]
    assert night.rows("held", "households", "household_id, held_by") == [("H1", ["members-declared-differ"])]


def test_rows_that_could_not_be_read_or_came_with_a_refused_attempt_are_rejected(tmp_path: Path) -> None:
    rows = clean()
    rows["visits"].append({"unreadable": "row-too-many-columns"})
    refused = Attempt({"visits": [{"visit_id": "V1"}]}, submitter="513437", refusal="manifest-wrong-submitter")
    night = run(tmp_path, [Attempt(rows), refused])
    assert night.rows("rejected", "visits", "attempt_id, rule") == [
        (FIRST, "row-too-many-columns"),
        ("513437-00001", "manifest-wrong-submitter"),
    ]
    assert night.states() == {FIRST: "partly_accepted", "513437-00001": "rejected"}


def test_held_is_provisional_until_the_household_was_once_accepted(tmp_path: Path) -> None:
    broken = edited("households", 0, net_income="1")
    first = run(tmp_path / "new", [Attempt(broken)])
    assert set(first.keys("held", "persons", "provisional")) == {True}
    run(tmp_path / "old", [Attempt(clean())])
    later = run(tmp_path / "old", [Attempt(broken, number=2, as_of=NEXT)], NEXT)
    assert set(later.keys("held", "persons", "provisional")) == {False}
    assert later.keys("held", "households", "provisional") == [False]


def test_explain_and_advice_hold_nothing(tmp_path: Path) -> None:
    rows = edited("persons", 1, identity_check="missing", person_key=None)
    night = run(tmp_path / "advice", [Attempt(rows)])
    assert night.states() == {FIRST: "accepted"}
    rows["persons"][0].update(identity_check="check_digit", person_key=None)
    night = run(tmp_path / "explain", [Attempt(rows)])
    assert night.states() == {FIRST: "accepted_with_queries"}
    assert all(night.rows("held", dataset) == [] for dataset in rows)


def test_a_rule_on_trial_is_told_and_holds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trying = tuple(r.model_copy(update={"trial": r.id == "income-parts-do-not-add-up"}) for r in catalogue())
    monkeypatch.setattr(broken, "catalogue", lambda: trying)
    night = run(tmp_path, [Attempt(edited("households", 0, net_income="1"))])
    assert night.rows("findings_check", None, "rule, severity, trial") == [
        ("income-parts-do-not-add-up", "must_fix", True)
    ]
    assert night.rows("held", "households") == []
    assert night.states() == {FIRST: "accepted"}


def test_declining_is_never_a_finding(tmp_path: Path) -> None:
    declined = {"response": "2", "delivered_on": "", "responded_on": "2026-02-03"}
    codes = ("M-RELOC", "M-JOB-AWAY", "M-LANG", "M-LAND")
    night = run(
        tmp_path,
        [
            Attempt(
                moved(keyed(edited("measures", 0, measure_code=code, **declined), code), number),
                submitter=other_county(number),
            )
            for number, code in enumerate(codes)
        ],
    )
    assert night.findings() == set()
    assert sorted(night.keys("accepted", "measures", "measure_code")) == sorted([*codes, *["M-HEALTH"] * 4])


def keyed(rows: Rows, mark: str) -> Rows:
    """The same package about persons of its own."""
    for row in rows["persons"]:
        row["person_key"] = f"{mark}-{row['person_key']}"
    return rows


def test_accepted_rows_have_the_lake_columns_and_types(tmp_path: Path) -> None:
    import duckdb

    night = run(tmp_path, [Attempt(edited("households", 0, net_income="1"))])
    for kind, more in (("accepted", []), ("held", ["held_by", "provisional"])):
        path = str(night.home.lake_file(kind, NIGHT, BATCH, "persons"))
        with duckdb.connect() as connection:
            layout = {
                name: kind_
                for name, kind_, *_ in connection.execute("describe from read_parquet(?)", [path]).fetchall()
            }
        assert list(layout) == [*typed_columns(contract("persons")), *more]
        assert (layout["birth_date"], layout["person_no"], layout["number"]) == ("DATE", "BIGINT", "INTEGER")
        assert layout["identity_birth_agrees"] == "BOOLEAN"
    assert set(night.keys("accepted", "households", "household_key")) == {f"{COUNTY}-H2", f"{COUNTY}-H3"}
    assert {str(value) for value in night.keys("accepted", "persons", "known_at")} == {"2026-11-20 22:00:00"}


# --- states ---------------------------------------------------------------------------------------------------------


def test_states_of_an_attempt(tmp_path: Path) -> None:
    everything_broken = {"households": [household("H1", net_income="1")], "persons": [person("H1", 1), person("H1", 2)]}
    night = run(
        tmp_path,
        [
            Attempt(nothing_due=True, kind="changes"),
            Attempt(everything_broken, submitter="513437"),
            Attempt({"visits": [{"visit_id": ""}]}, submitter="530724"),
            Attempt(submitter="522326", brings=("households",)),
            Attempt(submitter="622921", refusal="package-without-manifest"),
        ],
    )
    assert night.rows("attempt_states", None, "submitter, state, reason") == [
        (COUNTY, "accepted", None),
        ("513437", "held", "income-parts-do-not-add-up"),
        ("522326", "rejected", "package-without-rows"),
        ("530724", "rejected", "key-missing"),
        ("622921", "rejected", "package-without-manifest"),
    ]


def test_a_later_full_attempt_of_the_night_supersedes_and_rows_stay_counted(tmp_path: Path) -> None:
    rows = edited("households", 0, net_income="1")
    night = run(tmp_path, [Attempt(rows), Attempt(clean(), number=2)])
    assert night.states() == {FIRST: "superseded", SECOND: "accepted"}
    assert night.rows("conservation", None, "sum(received), sum(accepted + held + rejected)") == [
        (2 * sum(map(len, rows.values())),) * 2
    ]
    assert set(night.keys("held", "households", "attempt_id")) == {FIRST}


def test_an_older_or_broken_later_attempt_supersedes_nothing(tmp_path: Path) -> None:
    older = Attempt(clean(), number=2, as_of=NIGHT - timedelta(days=5))
    assert run(tmp_path / "older", [Attempt(clean()), older]).states() == {FIRST: "accepted", SECOND: "accepted"}
    refused = Attempt(number=2, refusal="file-wrong-hash")
    assert run(tmp_path / "refused", [Attempt(clean()), refused]).states() == {FIRST: "accepted", SECOND: "rejected"}


def test_a_second_attempt_sees_what_the_first_left_accepted(tmp_path: Path) -> None:
    """Changes in the same night mend the held household and rely on the others."""
    first = edited("households", 0, net_income="1")
    mended = {name: [row for row in items if row.get("household_id") == "H1"] for name, items in clean().items()}
    mended = {name: items for name, items in mended.items() if items} | {
        "visits": [
            {"visit_id": "V7", "household_id": "H2", "staff_id": "S1", "visited_on": "2026-11-19", "visit_kind": "1"}
        ]
    }
    night = run(tmp_path, [Attempt(first), Attempt(mended, number=2, kind="changes")])
    assert night.states() == {FIRST: "partly_accepted", SECOND: "accepted"}
    lone = {"households": [household("H1")]}
    night = run(tmp_path / "lone", [Attempt(first), Attempt(lone, number=2, kind="changes")])
    # The members were held with the household, so that nobody is known in it yet.
    assert night.rows("held", "households", "attempt_id, held_by") == [
        (FIRST, ["income-parts-do-not-add-up"]),
        (SECOND, ["household-without-members"]),
    ]


# --- breaker --------------------------------------------------------------------------------------------------------


def test_breaker_holds_removals_and_exits_and_lets_need_pass(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(county_of(100))])
    rows = county_of(40)
    rows["households"][0] |= CLOSING
    rows["persons"][0] |= CLOSING
    rows["households"][1] |= {"exit_flag": "1", "exited_on": "2026-11-01"}
    rows["households"][2] |= {"exit_flag": "3"}
    rows["households"].append(household("NEW", members_declared="1"))
    rows["persons"].append(person("NEW", 1))
    rows["assignments"].append({"household_id": "NEW", "staff_id": "S1", "from_date": "2026-11-20"})
    night = run(tmp_path, [Attempt(rows, number=2, as_of=NEXT)], NEXT)
    verdicts = {
        rule: (verdict, measured, threshold)
        for rule, verdict, measured, threshold in night.rows("verdicts", None, "rule, verdict, measured, threshold")
    }
    assert verdicts["breaker-vanished-households"] == ("hold", 61.0, 50.0)
    assert verdicts["breaker-vanished-persons"] == ("hold", 61.0, 50.0)
    assert verdicts["breaker-rekeyed"] == ("pass", 0.0, 0.05)
    assert verdicts["county-grew-quickly"][0] == "pass"
    both = ["breaker-vanished-households", "breaker-vanished-persons"]
    assert night.rows("held", "households", "household_id, held_by, provisional") == [
        ("K0000", both, False),
        ("K0001", both, False),
    ]
    assert night.rows("held", "persons", "household_id, held_by") == [("K0000", both)]
    assert {"K0002", "NEW"} <= set(night.keys("accepted", "households", "household_id"))
    assert ("households", "breaker-vanished-households", None, "must_fix", None) in night.findings()
    assert sum(rule == "household-vanished" for (rule,) in night.rows("findings_check", None, "rule")) == 60


def test_breaker_does_not_trip_at_its_threshold_nor_for_growth(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(county_of(100))])
    rows = county_of(150, start=50)
    night = run(tmp_path, [Attempt(rows, number=2, as_of=NEXT)], NEXT)
    assert {verdict for (verdict,) in night.rows("verdicts", None, "verdict")} == {"pass"}
    assert ("breaker-vanished-households", 50.0) in night.rows("verdicts", None, "rule, measured")
    assert "county-grew-quickly" in night.broken()
    assert len(night.rows("accepted", "households")) == 150
    assert all(night.rows("held", dataset) == [] for dataset in rows)


def test_breaker_sees_households_under_new_numbers(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(county_of(20))])
    rows = county_of(18)
    moved = county_of(2, start=90)
    for old, new in (("K0018", "K0090"), ("K0019", "K0091")):
        moved["persons"][int(new[-1])]["person_key"] = f"key-{old}-1"
    for dataset, items in moved.items():
        if dataset not in {"units", "staff"}:
            rows[dataset] = rows[dataset] + items
    rows["households"][0] |= CLOSING
    rows["persons"][0] |= CLOSING
    night = run(tmp_path, [Attempt(rows, number=2, as_of=NEXT)], NEXT)
    assert ("breaker-rekeyed", "hold", 0.1) in night.rows("verdicts", None, "rule, verdict, measured")
    assert night.keys("held", "households", "held_by") == [["breaker-rekeyed"]]


def test_a_package_of_changes_lets_nobody_vanish(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(county_of(100))])
    changes = Attempt({"households": [county_of(1)["households"][0] | CLOSING]}, number=2, kind="changes", as_of=NEXT)
    night = run(tmp_path, [changes], NEXT)
    assert {(rule, verdict) for rule, verdict in night.rows("verdicts", None, "rule, verdict")} == {
        (rule, "pass")
        for rule in (
            "breaker-vanished-households",
            "breaker-vanished-persons",
            "breaker-rekeyed",
            "breaker-incomes-rose",
            "county-grew-quickly",
        )
    }
    assert night.keys("accepted", "households", "operation") == ["close"]


def closed(households: int, start: int = 0) -> Rows:
    """Rows that close these households of `county_of` with their members."""
    keys = [f"K{number:04d}" for number in range(start, start + households)]
    return {
        "households": [{"household_id": key, **CLOSING} for key in keys],
        "persons": [{"household_id": key, "person_no": "1", **CLOSING} for key in keys],
    }


def test_a_package_of_changes_that_closes_everybody_trips_the_breaker(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(county_of(100))])
    rows = closed(100)
    rows["households"].append(household("NEW", members_declared="1"))
    rows["persons"].append(person("NEW", 1))
    rows["assignments"] = [{"household_id": "NEW", "staff_id": "S1", "from_date": "2026-11-20"}]
    night = run(tmp_path, [Attempt(rows, number=2, kind="changes", as_of=NEXT)], NEXT)
    verdicts = night.rows("verdicts", None, "rule, verdict, measured, threshold")
    assert ("breaker-vanished-households", "hold", 100.0, 50.0) in verdicts
    assert ("breaker-vanished-persons", "hold", 100.0, 50.0) in verdicts
    assert night.keys("accepted", "households", "household_id") == ["NEW"]
    assert len(night.rows("held", "households")) == 100
    assert len(night.rows("held", "persons")) == 100


def test_closed_and_absent_households_count_together(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(county_of(100))])
    rows = county_of(70)
    for dataset, items in closed(21).items():
        rows[dataset][:21] = items
    night = run(tmp_path, [Attempt(rows, number=2, as_of=NEXT)], NEXT)
    assert ("breaker-vanished-households", "hold", 51.0) in night.rows("verdicts", None, "rule, verdict, measured")


def test_closings_up_to_the_threshold_pass(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(county_of(100))])
    night = run(tmp_path, [Attempt(closed(50), number=2, kind="changes", as_of=NEXT)], NEXT)
    assert ("breaker-vanished-households", "pass", 50.0) in night.rows("verdicts", None, "rule, verdict, measured")
    assert set(night.keys("accepted", "households", "operation")) == {"close"}
    assert night.rows("held", "households") == []


def test_many_small_packages_close_no_more_than_one_may(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(county_of(100))])
    first = Attempt(closed(40), number=2, kind="changes", as_of=NEXT)
    second = Attempt(closed(40, start=40), number=3, kind="changes", as_of=NEXT)
    night = run(tmp_path, [first, second], NEXT)
    assert night.states() == {first.attempt_id: "accepted", second.attempt_id: "held"}
    measured = night.rows("verdicts", None, "attempt_id, verdict, measured")
    assert (second.attempt_id, "hold", 80.0) in measured


def test_an_older_package_that_comes_late_removes_nothing(tmp_path: Path) -> None:
    """It speaks for a day before most households were reported: they are neither vanished nor closed by it."""
    run(tmp_path, [Attempt(county_of(100))])
    rows = county_of(30)
    rows["households"][0] |= CLOSING
    rows["persons"][0] |= CLOSING
    late = Attempt(rows, number=2, as_of=NIGHT - timedelta(days=10))
    night = run(tmp_path, [late], NEXT)
    assert "household-vanished" not in night.broken()
    assert {verdict for (verdict,) in night.rows("verdicts", None, "verdict")} == {"pass"}
    assert night.rows("held", "households") == []
    again = Attempt(county_of(100), number=3, as_of=NEXT)
    assert run(tmp_path, [again], NEXT + timedelta(days=1)).states() == {again.attempt_id: "accepted"}


def test_a_correction_of_a_past_day_is_checked_against_the_members_of_that_day(tmp_path: Path) -> None:
    """A member joined since: the household had one on the day that is corrected, and is held for no missing member."""
    run(tmp_path, [Attempt(county_of(3))])
    joined: Rows = {"households": county_of(3)["households"][:1], "persons": [person("K0000", 2)]}
    joined["households"][0]["members_declared"] = "2"
    run(tmp_path, [Attempt(joined, number=2, kind="changes", as_of=NEXT)], NEXT)
    corrected: Rows = {"households": county_of(3, medical_cost="70")["households"][:1]}
    late = Attempt(corrected, number=3, kind="changes", as_of=NIGHT)
    wrong = Attempt(corrected, number=4, kind="changes", as_of=NEXT + timedelta(days=1))
    night = run(tmp_path, [late, wrong], NEXT + timedelta(days=1))
    assert night.rows("accepted", "households", "attempt_id") == [(late.attempt_id,)]
    assert night.rows("held", "households", "attempt_id, held_by") == [(wrong.attempt_id, ["members-declared-differ"])]


def test_a_correction_is_late_beside_the_package_of_its_own_night(tmp_path: Path) -> None:
    """Tonight's package closes the household; of the day before it is corrected, with the members it had then."""
    run(tmp_path, [Attempt(county_of(40))])
    closing = {"households": county_of(1, **CLOSING)["households"], "persons": [person("K0000", 1, **CLOSING)]}
    tonight = Attempt(closing, number=2, kind="changes", as_of=NEXT)
    late = Attempt({"households": county_of(1, medical_cost="70")["households"]}, number=3, kind="changes", as_of=NIGHT)
    night = run(tmp_path, [tonight, late], NEXT)
    assert night.rows("held", "households", "attempt_id, held_by") == []
    assert sorted(night.rows("accepted", "households", "attempt_id")) == [(tonight.attempt_id,), (late.attempt_id,)]


# --- recoded counties -----------------------------------------------------------------------------------------------

OLD_CODE, NEW_CODE = "610928", "610981"
"""One county (610928) before and after its code changed."""
RECODED = {"village_code": "610981100004"}


def test_a_recoded_county_is_measured_against_what_its_old_code_left(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(county_of(100, **RECODED), submitter=OLD_CODE, county_id=OLD_CODE)])
    rows = county_of(40, **RECODED)
    rows["households"][0] |= CLOSING
    rows["households"][1] |= {"exit_flag": "1", "exited_on": "2026-11-01"}
    recoded = Attempt(rows, submitter=NEW_CODE, county_id=OLD_CODE, number=2, as_of=NEXT)
    night = run(tmp_path, [recoded], NEXT)
    assert ("breaker-vanished-households", "hold", 61.0) in night.rows("verdicts", None, "rule, verdict, measured")
    assert night.rows("held", "households", "household_id, provisional") == [("K0000", False), ("K0001", False)]
    assert sum(rule == "household-vanished" for (rule,) in night.rows("findings_check", None, "rule")) == 60


def test_changes_under_the_new_code_rely_on_what_the_old_code_sent(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(county_of(2, **RECODED), submitter=OLD_CODE, county_id=OLD_CODE)])
    changed: Rows = {"persons": [person("K0000", 1, labour="2")]}
    recoded = Attempt(changed, submitter=NEW_CODE, county_id=OLD_CODE, number=2, kind="changes", as_of=NEXT)
    night = run(tmp_path, [recoded], NEXT)
    assert night.findings() == set()
    assert night.states() == {recoded.attempt_id: "accepted"}


def test_a_full_package_under_the_new_code_supersedes_one_under_the_old(tmp_path: Path) -> None:
    first = Attempt(county_of(2, **RECODED), submitter=OLD_CODE, county_id=OLD_CODE)
    second = Attempt(county_of(2, **RECODED), submitter=NEW_CODE, county_id=OLD_CODE, number=2)
    night = run(tmp_path, [first, second])
    assert night.states() == {first.attempt_id: "superseded", second.attempt_id: "accepted"}


def test_every_county_attempt_has_its_verdicts(tmp_path: Path) -> None:
    province = Attempt({"units": clean()["units"]}, submitter="510000", kind="changes")
    night = run(
        tmp_path,
        [
            Attempt(clean()),
            Attempt(nothing_due=True, submitter="513437"),
            Attempt(submitter="530724", refusal="file-missing"),
            province,
        ],
    )
    per_attempt: dict[str, list[str]] = {}
    for attempt_id, rule in night.rows("verdicts", None, "attempt_id, rule"):
        per_attempt.setdefault(attempt_id, []).append(rule)
    assert set(per_attempt) == {FIRST, "513437-00001", "530724-00001"}
    assert {len(rules) for rules in per_attempt.values()} == {5}
    assert {len(set(rules)) for rules in per_attempt.values()} == {5}


# --- conservation and determinism -----------------------------------------------------------------------------------

DAMAGE = st.dictionaries(
    st.sampled_from(
        [("households", n) for n in range(3)]
        + [("persons", n) for n in range(6)]
        + [("measures", n) for n in range(2)]
        + [("assignments", n) for n in range(2)]
        + [("visits", 0), ("decisions", 0), ("funds", 0), ("villages", 0)]
    ),
    st.sampled_from(
        [
            {"household_id": ""},
            {"household_id": "5.13E+14"},
            {"household_id": "H9"},
            {"unreadable": "row-too-many-columns"},
            {"operation": "close"},
            {"operation": "毁"},
            {"exit_flag": "", "relation": "", "visit_kind": "9"},
            {"village_code": "12", "allocated": "x", "act": "x", "offered_on": "x", "from_date": "x"},
            {"members_declared": "9", "net_income": "1"},
        ]
    ),
    max_size=6,
)


@settings(max_examples=4, deadline=None)
@given(damages=st.lists(st.tuples(DAMAGE, st.booleans()), min_size=8, max_size=16))
def test_every_row_is_in_exactly_one_place(
    tmp_path_factory: pytest.TempPathFactory, damages: list[tuple[dict[tuple[str, int], dict[str, str]], bool]]
) -> None:
    """Many submitters a night, each with its own damage, some of them sending twice."""
    sent: dict[str, Rows] = {}
    attempts: list[Attempt] = []
    for number, (damage, twice) in enumerate(damages):
        who = other_county(number)
        sent[who] = moved(damaged(damage, who), number)
        attempts.append(Attempt(sent[who], submitter=who))
        if twice:
            attempts.append(Attempt(sent[who], submitter=who, number=2, kind="changes"))
    night = run(tmp_path_factory.mktemp("conserve"), attempts)
    counted = night.rows("conservation", None, "submitter, attempt_id, dataset, received, accepted, held, rejected")
    assert len(counted) == sum(len(a.rows) for a in attempts)
    for who, attempt_id, dataset, received, accepted, held, rejected in counted:
        assert received == accepted + held + rejected == len(sent[who][dataset]), (attempt_id, dataset)
    for dataset in clean():
        written = [
            place
            for kind in ("accepted", "held", "rejected")
            for place in night.rows(kind, dataset, 'attempt_id, "row"')
        ]
        assert sorted(written) == sorted((a.attempt_id, n + 2) for a in attempts for n in range(len(a.rows[dataset])))
    held_whole = {place for place in night.rows("held", "households", "attempt_id, household_id") if place[1]}
    for dataset in ("persons", "measures", "assignments", "visits", "decisions"):
        assert not held_whole & set(night.rows("accepted", dataset, "attempt_id, household_id")), dataset


def damaged(damage: dict[tuple[str, int], dict[str, str]], who: str) -> Rows:
    """The clean package with some rows damaged, and persons of its own."""
    rows = keyed(clean(), who)
    for (dataset, position), values in damage.items():
        known = {column.name for column in contract(dataset).lake_columns} | {"unreadable"}
        rows[dataset][position].update({name: value for name, value in values.items() if name in known})
    return rows


def test_judging_again_gives_the_same_bytes(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(clean()), Attempt(clean(), submitter="513437")])
    rows = edited("households", 0, net_income="1")
    night = run(tmp_path, [Attempt(rows, number=2, as_of=NEXT), Attempt(rows, number=3, as_of=NEXT)], NEXT)
    files = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*.parquet")) if f"night={NEXT}" in str(path)}
    assert len(files) > 30
    judge(night.home, Settings(home=tmp_path, threads=2), NEXT, BATCH)
    assert {path: path.read_bytes() for path in files} == files


@pytest.mark.parametrize("kind", ["findings_receive", "findings_check"])
def test_nothing_is_judged_while_the_findings_of_a_step_are_missing(tmp_path: Path, kind: str) -> None:
    night = run(tmp_path, [Attempt(edited("households", 0, net_income="1"))])
    lost = night.home.lake_file(kind, NIGHT, BATCH)
    lost.unlink()
    with pytest.raises(FindingsMissing, match=kind):
        judge(night.home, Settings(home=night.home.root, batches=1), NIGHT, BATCH)


# --- incomes ----------------------------------------------------------------------------------------------------------


def times(rows: Rows, factor: int, first: int = 0) -> Rows:
    """The rows with every part of the incomes multiplied, from the household of that place on."""
    for row in rows["households"][first:]:
        for part in INCOME_PARTS:
            row[part] = str(int(row[part]) * factor)
    return rows


INCOME_PARTS = (
    "wage_income", "business_income", "property_income", "transfer_income", "assistance_income", "production_costs",
    "net_income",
)  # fmt: skip


def test_a_county_whose_incomes_rose_ten_times_stands_as_it_last_stood(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(county_of(30))])
    rows = times(county_of(30), 10)
    rows["households"][0] |= {"net_income": "10000", "wage_income": "7000"} | dict.fromkeys(INCOME_PARTS[1:6], "0")
    rows["households"][0] |= {"business_income": "3000"}
    rows["households"].append(household("NEW", members_declared="1"))
    rows["persons"].append(person("NEW", 1))
    rows["assignments"].append({"household_id": "NEW", "staff_id": "S1", "from_date": "2026-11-20"})
    night = run(tmp_path, [Attempt(rows, number=2, as_of=NEXT)], NEXT)
    assert ("breaker-incomes-rose", "hold", 10.0, 2.0) in night.rows(
        "verdicts", None, "rule, verdict, measured, threshold"
    )
    accepted = night.keys("accepted", "households", "household_id")
    assert accepted == ["K0000", "NEW"], "who is no richer and who is new passes"
    assert night.keys("held", "households", "held_by") == [["breaker-incomes-rose"]] * 29
    assert len(night.rows("accepted", "persons")) == 31, "members of the held households are not held with them"


@pytest.mark.parametrize(("households", "factor"), [(30, 2), (19, 10)], ids=["at the threshold", "too few"])
def test_incomes_may_double_and_few_households_prove_nothing(tmp_path: Path, households: int, factor: int) -> None:
    run(tmp_path, [Attempt(county_of(households))])
    night = run(tmp_path, [Attempt(times(county_of(households), factor), number=2, as_of=NEXT)], NEXT)
    assert {verdict for (verdict,) in night.rows("verdicts", None, "verdict")} == {"pass"}
    assert len(night.rows("accepted", "households")) == households


def test_a_fall_of_incomes_holds_nothing(tmp_path: Path) -> None:
    run(tmp_path, [Attempt(times(county_of(30), 10))])
    night = run(tmp_path, [Attempt(county_of(30), number=2, as_of=NEXT)], NEXT)
    assert len(night.rows("accepted", "households")) == 30


def test_small_steps_within_four_weeks_are_seen_like_a_large_one(tmp_path: Path) -> None:
    """A third more, a half more, a half more again: the last step alone would pass."""
    for step, factor in enumerate((3, 4, 6)):
        night = run(tmp_path, [Attempt(times(county_of(30), factor), number=1 + step)], NIGHT + timedelta(days=step))
        assert len(night.rows("accepted", "households")) == 30
    last = run(tmp_path, [Attempt(times(county_of(30), 9), number=4)], NIGHT + timedelta(days=3))
    assert ("breaker-incomes-rose", "hold", 3.0) in last.rows("verdicts", None, "rule, verdict, measured")
    later = run(tmp_path, [Attempt(times(county_of(30), 9), number=5)], NIGHT + timedelta(days=30))
    assert ("breaker-incomes-rose", "pass", 1.5) in later.rows("verdicts", None, "rule, verdict, measured")


def test_an_assessors_rows_of_households_that_nobody_registered_are_held(tmp_path: Path) -> None:
    """Registered before, registered tonight, of no number, and of another county's file."""
    run(tmp_path, [Attempt(county_of(2))])
    sample = {
        "county_code": COUNTY, "village_code": VILLAGE, "sampled_on": "2026-11-15", "design_weight": "1",
        "persons": "1", "verified_poor": "否", "satisfied": "是",
    }  # fmt: skip
    households = {"S1": "K0000", "S2": "K0002", "S3": "", "S4": "STRANGER"}
    rows = [sample | {"sample_id": number, "household_id": household} for number, household in households.items()]
    assessor = Attempt({"samples": rows}, submitter="assessor-01", kind="changes", as_of=NEXT)
    night = run(tmp_path, [Attempt(county_of(3), number=2, as_of=NEXT), assessor], NEXT)
    assert night.rows("held", "samples", "sample_id, held_by") == [("S4", ["sample-household-unknown"])]
    assert night.keys("accepted", "samples", "sample_id") == ["S1", "S2", "S3"]
