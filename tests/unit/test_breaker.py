"""judge: the breaker of a county, across recodes and incomes; what it holds, what passes, what an assessor may send."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.unit.lake_rows import (
    COUNTY,
    NIGHT,
    VILLAGE,
    Attempt,
    Rows,
    clean,
    household,
    person,
    run,
)

NEXT = NIGHT + timedelta(days=1)
FIRST = f"{COUNTY}-00001"
CLOSING = {"operation": "close", "close_reason": "moved_out", "closed_on": "2026-11-20", "closed_by": "U1"}


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
