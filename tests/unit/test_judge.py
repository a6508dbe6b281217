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


def edited(dataset: str, position: int, **values: Any) -> Rows:
    rows = clean()
    rows[dataset][position].update(values)
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
