"""meet: findings across submitters are the same however the submitters are split into batches."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include.home import Home, batch_names, batch_of
from include.intake.check import check
from include.intake.judge import judge
from include.intake.meet import meet
from include.intake.near import Scorer
from include.settings import Settings
from tests.unit.lake_rows import NIGHT, Attempt, Rows, clean, household, lay, person

DAY = timedelta(days=1)
NEXT = NIGHT + DAY
MET = "person-in-two-households"
A, B, C = "513431", "620102", "530724"
"""Counties of three prefectures."""
VILLAGES = {"A": "513431100001", "B": "620102001001", "C": "530724001001"}


def member(household_id: str, key: str) -> Rows:
    """A household of one, of the county that its number begins with, whose person has this key."""
    return {
        "households": [household(household_id, members_declared="1", village_code=VILLAGES[household_id[0]])],
        "persons": [person(household_id, 1, person_key=key)],
        "assignments": [{"household_id": household_id, "staff_id": "S-PROVINCE", "from_date": "2021-01-01"}],
    }


CLOSED = household(
    "A1",
    operation="close",
    close_reason="moved_out",
    closed_on=f"{NIGHT:%Y-%m-%d}",
    closed_by="U1",
    village_code=VILLAGES["A"],
)


def together(*parts: Rows) -> Rows:
    rows: Rows = {}
    for part in parts:
        for dataset, items in part.items():
            rows.setdefault(dataset, []).extend(items)
    return rows


def play(
    home: Home, attempts: list[Attempt], batches: int, night: date = NIGHT, score: Scorer | None = None
) -> list[tuple[Any, ...]]:
    """Run a night in so many batches; returns its findings, in order. With `score`, near matches among them."""
    settings = Settings(home=home.root, batches=batches, threads=1)
    names = [name for name in batch_names(batches) if any(batch_of(a.submitter, batches) == name for a in attempts)]
    for batch in names:
        lay(home, [a for a in attempts if batch_of(a.submitter, batches) == batch], night, batch)
    meet(home, settings, night, score)
    for batch in names:
        check(home, settings, night, batch)
        judge(home, settings, night, batch)
    with duckdb.connect() as connection:
        return connection.execute(
            """select submitter, rule, finding_id, household_key, detail
            from read_parquet($files) order by all""",
            {"files": home.lake_glob("findings_check", night=night)},
        ).fetchall()


def two_nights(home: Home, batches: int) -> list[list[tuple[Any, ...]]]:
    """Persons shared tonight, with an earlier night, with a vanished household; and a province's helper for all."""
    staff = {name: items for name, items in clean().items() if name in ("units", "staff")}
    staff["staff"][0]["staff_id"] = "S-PROVINCE"
    first = [
        Attempt(together(member("A1", "shared"), member("A2", "later"), member("A3", "left"))),
        Attempt(together(member("B1", "shared"), member("B9", "nobody")), submitter=B),
        Attempt(staff, submitter="510000", kind="changes"),
    ]
    second = [
        Attempt(together(member("A1", "shared"), member("A2", "later")), number=2, as_of=NEXT),
        Attempt(together(member("C1", "later"), member("C2", "left")), submitter=C, as_of=NEXT),
        Attempt(together(member("C3", "nobody")), submitter=C, number=2, kind="changes", as_of=NEXT),
    ]
    return [play(home, first, batches), play(home, second, batches, NEXT)]


@pytest.fixture(scope="module")
def in_one(tmp_path_factory: pytest.TempPathFactory) -> list[list[tuple[Any, ...]]]:
    return two_nights(Home(tmp_path_factory.mktemp("one")), 1)


def test_any_split_into_batches_gives_the_same_findings(in_one: list[list[tuple[Any, ...]]], tmp_path: Path) -> None:
    assert len({batch_of(office, 5) for office in (A, B, C, "510000")}) > 2
    assert two_nights(Home(tmp_path), 5) == in_one


def test_who_is_met(in_one: list[list[tuple[Any, ...]]]) -> None:
    met = [[(row[0], row[3]) for row in night if row[1] == MET] for night in in_one]
    assert [sorted(night) for night in met] == [
        [(A, f"{A}-A1"), (B, f"{B}-B1")],
        # A1 is met with B1 of the night before; A3 has vanished, so that who is now in C2 is in one household.
        [(A, f"{A}-A1"), (A, f"{A}-A2"), (C, f"{C}-C1"), (C, f"{C}-C3")],
    ]


def test_both_sides_get_the_same_match(in_one: list[list[tuple[Any, ...]]]) -> None:
    matches = {row[3]: row[4] for night in in_one for row in night if row[1] == MET}
    assert matches[f"{A}-A1"] == matches[f"{B}-B1"]
    assert matches[f"{A}-A2"] == matches[f"{C}-C1"]
    assert len({matches[f"{A}-A1"], matches[f"{A}-A2"], matches[f"{C}-C3"]}) == 3


def test_a_helper_of_the_province_is_known_to_every_county(in_one: list[list[tuple[Any, ...]]]) -> None:
    assert not [row for night in in_one for row in night if row[1] == "assignment-staff-unknown"]


def test_what_is_kept_of_a_meeting_holds_no_hash(tmp_path: Path) -> None:
    home = Home(tmp_path)
    play(home, [Attempt(member("A1", "shared")), Attempt(member("B1", "shared"), submitter=B)], 3)
    with duckdb.connect() as connection:
        found = connection.execute("from read_parquet($f)", {"f": home.lake_glob("met", "persons")})
        columns = [column[0] for column in found.description or ()]
        assert columns[:5] == ["attempt_id", "file", "row", "first_household", "last_household"]
        assert "person_key" not in columns
        assert [row[:5] for row in found.fetchall()] == [
            (f"{A}-00001", "persons.csv", 2, f"{B}-B1", f"{B}-B1"),
            (f"{B}-00001", "persons.csv", 2, f"{A}-A1", f"{A}-A1"),
        ]


def test_a_superseded_package_of_the_night_is_not_met(tmp_path: Path) -> None:
    """B's second full package has the person no more: A is told of nothing."""
    attempts = [
        Attempt(member("A1", "shared")),
        Attempt(member("B1", "shared"), submitter=B),
        Attempt(member("B2", "other"), submitter=B, number=2),
    ]
    told = [(row[0], row[3]) for row in play(Home(tmp_path), attempts, 2) if row[1] == MET]
    assert (A, f"{A}-A1") not in told


def test_who_moved_with_a_household_that_was_closed_is_met_no_more(tmp_path: Path) -> None:
    """A closes the household and not its members' rows; B, to which they moved, is told of nothing from then on."""
    home = Home(tmp_path)
    told = [
        {row[0] for row in play(home, attempts, 2, night) if row[1] == MET}
        for night, attempts in (
            (NIGHT, [Attempt(member("A1", "moved"))]),
            (NEXT, [Attempt(member("B1", "moved"), submitter=B, as_of=NEXT)]),
            (NEXT + DAY, [Attempt({"households": [CLOSED]}, number=2, kind="changes", as_of=NEXT + DAY)]),
            (NEXT + 2 * DAY, [Attempt(member("B1", "moved"), submitter=B, number=2, as_of=NEXT + 2 * DAY)]),
            (NEXT + 3 * DAY, [Attempt(member("A1", "moved"), number=3, as_of=NEXT + 3 * DAY)]),
        )
    ]
    assert told == [set(), {B}, set(), set(), {A}], "and who is told to be back is met again"


def test_the_same_night_may_close_a_household_and_tell_of_its_members(tmp_path: Path) -> None:
    leaving = together({"households": [CLOSED]}, {"persons": [person("A1", 1, person_key="moved")]})
    attempts = [Attempt(leaving, kind="changes"), Attempt(member("B1", "moved"), submitter=B)]
    assert [row for row in play(Home(tmp_path), attempts, 2) if row[1] == MET] == []


def test_a_rerun_writes_the_same_bytes(tmp_path: Path) -> None:
    home = Home(tmp_path)
    play(home, [Attempt(member("A1", "shared")), Attempt(member("B1", "shared"), submitter=B)], 2)
    files = sorted((home.lake / "met").rglob("*.parquet"))
    before = [file.read_bytes() for file in files]
    meet(home, Settings(home=home.root, threads=2), NIGHT)
    assert [file.read_bytes() for file in files] == before
    assert len(files) == 6
