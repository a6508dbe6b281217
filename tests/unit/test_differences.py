"""What an attempt changes beside what its office had accepted before: every row is new, changed, unchanged or closed.

Two nights of three offices, which use the same numbers: of one a first package and then two of one evening, of the
others a package of changes and one that is sent again as it was.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from include.intake.judge import judge
from include.settings import Settings
from tests.unit.lake_rows import BATCH, COUNTY, NIGHT, Attempt, Night, Rows, clean, household, moved, other_county, run

NEXT = NIGHT + timedelta(days=1)
OF_CHANGES, AGAIN = other_county(0), other_county(1)
CLOSED = {"operation": "close", "close_reason": "entered_in_error", "closed_on": "2026-11-20", "closed_by": "U1"}
Told = dict[str, dict[str, int | None]]


def first_rows() -> Rows:
    """A project without a readable amount is held; a member without number and a broken line are rejected."""
    rows = clean()
    rows["funds"][0]["allocated"] = "很多"
    rows["persons"][3]["person_no"] = "二"
    rows["visits"].append({"unreadable": "row-too-many-columns"})
    return rows


def later_rows() -> Rows:
    """A village counted anew, H1 held whole, another visit in place of the first, a measure closed, no assignments."""
    rows = clean()
    rows["villages"][0]["registered_population"] = "1790"
    rows["households"][0]["net_income"] = "1"
    rows["visits"] = [{**clean()["visits"][0], "visit_id": "V2", "household_id": "H3"}]
    rows["measures"][1] |= CLOSED
    rows["assignments"] = []
    return rows


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Night, Night]:
    root = tmp_path_factory.mktemp("differences")
    refused = Attempt({"visits": [{"visit_id": "V1"}]}, submitter="513437", refusal="manifest-wrong-submitter")
    others = [Attempt(moved(clean(), n), submitter=other_county(n)) for n in (0, 1)]
    first = run(root, [Attempt(first_rows()), *others, refused])
    changes = moved({"households": [household("H1", arable_land="6"), household("H4")]}, 0)
    second = run(
        root,
        [
            Attempt(later_rows(), number=2, as_of=NEXT, brings=("assignments",)),
            Attempt(clean(), number=3, as_of=NEXT),
            Attempt(changes, submitter=OF_CHANGES, number=2, kind="changes", as_of=NEXT),
            Attempt(moved(clean(), 1), submitter=AGAIN, number=2, as_of=NEXT),
        ],
        NEXT,
    )
    return first, second


def told(night: Night, attempt: str) -> Told:
    """Counts of an attempt that are not zero, by dataset."""
    names = ("new", "changed", "unchanged", "closed", "absent", "held", "rejected")
    columns = ", ".join(f"{name}_rows" for name in names)
    return {
        dataset: {name: value for name, value in zip(names, counts, strict=True) if value != 0}
        for of, dataset, *counts in night.rows("attempt_differences", None, f"attempt_id, dataset, {columns}")
        if of == attempt
    }


def test_everything_in_a_first_package_is_new(nights: tuple[Night, Night]) -> None:
    """Of every dataset; who uses the same numbers as another office is set beside itself alone."""
    expected: Told = {dataset: {"new": len(rows)} for dataset, rows in clean().items()}
    assert told(nights[0], f"{AGAIN}-00001") == expected
    expected["funds"] = {"held": 1}
    expected["households"], expected["persons"] = {"new": 2, "held": 1}, {"new": 4, "held": 1, "rejected": 1}
    expected["decisions"] = {"new": 1, "held": 1}
    expected["visits"] = {"new": 1, "rejected": 1}
    assert told(nights[0], f"{COUNTY}-00001") == expected


def test_a_package_sent_again_changes_nothing(nights: tuple[Night, Night]) -> None:
    """Of every dataset, whether rules look at its earlier rows or not."""
    assert told(nights[1], f"{AGAIN}-00002") == {dataset: {"unchanged": len(rows)} for dataset, rows in clean().items()}


def test_a_full_package_tells_what_is_new_changed_closed_absent_and_held(nights: tuple[Night, Night]) -> None:
    found = told(nights[1], f"{COUNTY}-00002")
    assert found["villages"] == {"changed": 1}
    assert found["households"] == {"unchanged": 1, "new": 1, "held": 1}, "H2 was held, and never accepted before"
    assert found["visits"] == {"new": 1, "absent": 1}, "a visit that is not sent again stays, and is told as absent"
    assert found["measures"] == {"closed": 1, "held": 1}
    assert found["assignments"] == {"absent": 2}, "the file came, and is empty"
    assert found["funds"] == {"new": 1}, "mended: what was held was never accepted"


def test_a_second_package_of_an_evening_is_set_beside_the_first(nights: tuple[Night, Night]) -> None:
    found = told(nights[1], f"{COUNTY}-00003")
    assert found["villages"] == {"changed": 1}
    assert found["households"] == {"unchanged": 3}
    assert found["visits"] == {"unchanged": 1, "absent": 1}
    assert found["measures"] == {"unchanged": 1, "new": 1}, "what was closed has come again"
    assert found["funds"] == {"unchanged": 1}


def test_a_package_of_changes_leaves_nothing_absent(nights: tuple[Night, Night]) -> None:
    changed = {"changed": 1, "held": 1, "absent": None}
    assert told(nights[1], f"{OF_CHANGES}-00002") == {"households": changed}


def test_every_row_is_in_one_count(nights: tuple[Night, Night]) -> None:
    taken = "new_rows + changed_rows + unchanged_rows + closed_rows"
    for night in nights:
        counted = night.rows("attempt_differences", None, f"attempt_id, dataset, {taken}, held_rows, rejected_rows")
        assert counted == night.rows("conservation", None, "attempt_id, dataset, accepted, held, rejected") != []


def test_a_night_judged_again_gives_the_same(nights: tuple[Night, Night]) -> None:
    home = nights[1].home
    file = home.lake_file("attempt_differences", NEXT, BATCH)
    before = file.read_bytes()
    judge(home, Settings(home=home.root, threads=1), NEXT, BATCH)
    assert file.read_bytes() == before
