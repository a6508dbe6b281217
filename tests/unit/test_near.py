"""Near matches: who is told, who is not, by what score, and what a decision or a word of the office does to it."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include.clocks import known_at
from include.home import Home
from include.intake.match import decide
from include.intake.meet import meet
from include.intake.near import COLUMNS
from include.intake.near_estimate import household_by_chance
from include.intake.near_scores import COMPARISONS, score
from include.intake.near_weights import Weights, read_weights
from include.rules.facts import load_facts
from include.settings import Settings
from tests.unit.lake_rows import NIGHT, Attempt, Rows, household, person
from tests.unit.test_meet import VILLAGES, A, B, play, together

NEAR = "person-may-be-in-two-households"
NEXT, THIRD = NIGHT + timedelta(days=1), NIGHT + timedelta(days=2)
BIRTHS = ("1961-03-04", "1963-07-08", "1988-11-12", "1990-02-21")


def family(household_id: str, *births: str, numbers: bool = True, **cells: str) -> Rows:
    """A household of members born on these days, of the county that its number begins with."""
    known = {} if numbers else {"person_key": None, "identity_check": "missing"}
    return {
        "households": [
            household(household_id, members_declared=str(len(births)), village_code=VILLAGES[household_id[0]], **cells)
        ],
        "persons": [person(household_id, n, birth_date=birth, **known) for n, birth in enumerate(births, start=1)],
    }


def told(home: Home, night: date, *sent: Attempt, batches: int = 1) -> dict[tuple[str, str], str]:
    """Submitter and household to what is said of each near match of a night."""
    found = play(home, [replace(one, as_of=night) for one in sent], batches, night, score)
    return {(row[0], row[3]): row[4] for row in found if row[1] == NEAR}


def twice(number: int = 1) -> tuple[Attempt, Attempt]:
    """A family in A with numbers, and in B without."""
    return (
        Attempt(family("A1", *BIRTHS), number=number),
        Attempt(family("B1", *BIRTHS, numbers=False), submitter=B, number=number),
    )


@pytest.fixture(scope="module")
def weights() -> Weights:
    """Those in force."""
    with duckdb.connect() as connection:
        load_facts(connection)
        return read_weights(connection, NIGHT)


def test_the_weights_are_whole(weights: Weights) -> None:
    """Every level of every comparison has its row, and the shares of a comparison's levels are shares of one whole."""
    assert {name: list(levels) for name, levels in weights.levels.items()} == {
        name: [level for level, _ in steps] for name, (_, steps) in COMPARISONS.items()
    }
    for name, levels in weights.levels.items():
        for kind in (0, 1):
            assert math.fsum(pair[kind] for pair in levels.values()) == pytest.approx(1, abs=1e-9), name


def probability(weights: Weights, **levels: str | None) -> float:
    """By hand: the odds of the prior times m / u of each level, as a share; without a level nothing is known."""
    odds = weights.prior / (1 - weights.prior)
    for name, level in levels.items():
        if level:
            m, u = weights.levels[name][level]
            odds *= m / u
    return odds / (1 + odds)


def test_of_two_weights_that_overlap_the_one_that_began_last_holds(tmp_path: Path) -> None:
    """In whatever order the rows of the seed stand."""
    head = "weight_id,comparison,level,jurisdiction,valid_from,valid_to,m,u,basis,source"
    rows = ["b,sex,same,CN,2026-01-01,,0.8,0.5,,", "a,sex,same,CN,,,0.9,0.5,,", "c,sex,same,CN,2027-01-01,,0.7,0.5,,"]
    (tmp_path / "near_match_weights.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    with duckdb.connect() as connection:
        load_facts(connection)
        assert read_weights(connection, NIGHT, tmp_path).levels == {"sex": {"same": (0.8, 0.5)}}


def test_no_pair_without_another_member_in_common_reaches_the_threshold(weights: Weights) -> None:
    """Why only pairs with another member in common are looked at; the nearest of all others, by hand."""
    best = max(
        probability(weights, birth_date="same", sex="same", household=household_level, place=place)
        for household_level in ("no_other", None)
        for place in (*weights.levels["place"], None)
    )
    assert best < weights.probability_min
    assert probability(weights, birth_date="same", sex="same", household="three_others", place="elsewhere") > (
        weights.probability_min
    )


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def records(connection: duckdb.DuckDBPyConnection, *rows: tuple[Any, ...]) -> None:
    """near_records of rows (household, others, village, has a number), all of one birth date and sex, in one block."""
    connection.execute(
        """create or replace temp table near_records (record bigint, household_key varchar, county_id varchar,
            birth_date date, sex varchar, others bigint[], village_code varchar, has_number boolean,
            blocks varchar[])"""
    )
    for record, (home, others, village, has_number) in enumerate(rows):
        connection.execute(
            "insert into near_records values (?, ?, ?, date '1980-05-01', '1', ?, ?, ?, ['block', 'block of others'])",
            [record, home, home[0], others, village, has_number],
        )


@pytest.mark.parametrize(
    ("other", "levels"),
    [
        (("B1", [1, 2, 3, 4], "62", False), {"household": "three_others", "place": "elsewhere"}),
        (("B1", [2, 3, 9], "62", False), {"household": "two_others", "place": "elsewhere"}),
        (("A2", [2, 3, 9], "51", False), {"household": "two_others", "place": "village"}),
        (("A2", [3], "52", False), {"household": "one_other", "place": "county"}),
        (("A2", [3], None, False), {"household": "one_other", "place": None}),
        (("B1", [8, 9], "62", False), {"household": "no_other", "place": "elsewhere"}),
        (("B1", [], "62", False), {"household": None, "place": "elsewhere"}),
    ],
)
def test_the_score_is_what_a_hand_works_out(
    connection: duckdb.DuckDBPyConnection, weights: Weights, other: tuple[Any, ...], levels: dict[str, str | None]
) -> None:
    records(connection, ("A1", [1, 2, 3], "51", True), other)
    score(connection, replace(weights, probability_min=0.0))
    ((given, weight),) = connection.execute("select match_probability, match_weight from near_pairs").fetchall()
    expected = probability(weights, birth_date="same", sex="same", **levels)
    assert given == pytest.approx(expected, rel=1e-9)
    assert weight == pytest.approx(math.log2(expected / (1 - expected)), abs=1e-9)


def test_pairs_are_of_two_households_and_one_has_no_number(
    connection: duckdb.DuckDBPyConnection, weights: Weights
) -> None:
    """Twins without numbers in one household are no pair, nor are two persons with numbers; a group is who is tied."""
    numbered, twin, other_twin = ("A1", [1, 2], "51", True), ("B1", [1, 2], "62", False), ("B1", [1, 2], "62", False)
    records(connection, numbered, twin, other_twin, ("C1", [1, 2], "53", True))
    score(connection, replace(weights, probability_min=0.01))
    pairs = connection.execute("select record_l, record_r from near_pairs order by all").fetchall()
    assert pairs == [(0, 1), (0, 2), (1, 3), (2, 3)]
    groups = connection.execute("select record, group_id from near_groups order by all").fetchall()
    assert [record for record, _ in groups] == [0, 1, 2, 3]
    assert len({group for _, group in groups}) == 1
    records(connection, twin, other_twin)
    score(connection, replace(weights, probability_min=0.01))
    assert connection.execute("from near_groups").fetchall() == []


def test_both_counties_are_told_with_one_number_and_a_score_and_no_person(tmp_path: Path) -> None:
    found = told(Home(tmp_path), NIGHT, *twice())
    assert set(found) == {(A, f"{A}-A1"), (B, f"{B}-B1")}
    (detail,) = set(found.values())
    number, probable, weight = detail.split(", ")
    assert (len(number), probable.split(" ")[0], weight.split(" ")[0]) == (len("match ") + 12, "probability", "weight")
    assert 0.95 <= float(probable.split(" ")[1]) < 1
    assert not any(birth[:4] in detail for birth in BIRTHS)


def test_any_split_into_batches_and_any_rerun_give_the_same(tmp_path: Path) -> None:
    one, five = Home(tmp_path / "one"), Home(tmp_path / "five")
    assert told(one, NIGHT, *twice()) == told(five, NIGHT, *twice(), batches=5)
    path = one.lake_file("met", NIGHT, "all", "near")
    before = path.read_bytes()
    meet(one, Settings(home=one.root, threads=2), NIGHT, score)
    assert path.read_bytes() == before


def test_what_is_kept_holds_no_personal_value(tmp_path: Path) -> None:
    home = Home(tmp_path)
    told(home, NIGHT, *twice())
    with duckdb.connect() as opened:
        kept = opened.execute("from read_parquet(?)", [str(home.lake_file("met", NIGHT, "all", "near"))])
        assert [column[0] for column in kept.description or ()][: len(COLUMNS)] == list(COLUMNS)
        text = repr(kept.fetchall())
    assert f"{B}-B1" in text
    assert not any(part in text for birth in BIRTHS for part in (birth, birth.replace("-", "")))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(family("B1", *BIRTHS), id="two numbers that differ"),
        pytest.param(family("B1", BIRTHS[0], "1950-01-01", numbers=False), id="nobody else in common"),
        pytest.param(family("B1", *BIRTHS[:2], numbers=False), id="two of four, in another county"),
    ],
)
def test_not_told(tmp_path: Path, other: Rows) -> None:
    for row in other["persons"]:
        if row["person_key"]:
            row["person_key"] += "-of-b"
    assert told(Home(tmp_path), NIGHT, Attempt(family("A1", *BIRTHS)), Attempt(other, submitter=B)) == {}


def test_two_households_of_a_village_need_one_other_in_common(tmp_path: Path) -> None:
    both = together(family("A1", *BIRTHS[:2]), family("A2", *BIRTHS[:2], "2001-09-09", numbers=False))
    assert set(told(Home(tmp_path), NIGHT, Attempt(both))) == {(A, f"{A}-A1"), (A, f"{A}-A2")}


def test_twins_of_one_household_are_not_matched_with_each_other(tmp_path: Path) -> None:
    rows = family("A1", BIRTHS[0], BIRTHS[1], BIRTHS[3], BIRTHS[3], numbers=False)
    rows["persons"][2] |= {"sex": "1"}
    rows["persons"][3] |= {"sex": "1"}
    assert told(Home(tmp_path), NIGHT, Attempt(rows)) == {}


def test_who_came_on_an_earlier_night_is_met_too_until_the_row_is_closed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first, second = twice()
    assert told(home, NIGHT, second) == {}
    assert set(told(home, NEXT, first)) == {(A, f"{A}-A1")}
    gone = Attempt(family("B2", "1950-01-01"), submitter=B, number=2)
    assert told(home, THIRD, replace(first, number=2), gone) == {}, "B's full package has the household no more"


def test_a_day_written_for_want_of_a_day_is_left_out_and_counted(tmp_path: Path) -> None:
    """Twenty-one couples of two days are one block too many; the family beside them is told all the same."""
    couples = [family(f"A{n}", "1970-01-01", "1970-01-01", numbers=n > 10) for n in range(10, 31)]
    home = Home(tmp_path)
    a, b = twice()
    found = told(home, NIGHT, replace(a, rows=together(a.rows, *couples)), b)
    assert set(found) == {(A, f"{A}-A1"), (B, f"{B}-B1")}
    result = meet(home, Settings(home=home.root, threads=1), NIGHT, score)
    assert result.counts["near"] == 8
    assert result.notes == ("near matches: 2 birth dates too common to be compared, 42 persons",)


def test_a_sheet_of_one_household_number_is_left_out_and_counted(tmp_path: Path) -> None:
    """Filled down, the first household's number stands at everybody: paired with itself it would fill the memory."""
    days = [f"{1940 + n}-0{1 + n % 9}-11" for n in range(50)]
    home = Home(tmp_path)
    a, b = twice()
    found = told(home, NIGHT, replace(a, rows=together(a.rows, family("A9", *BIRTHS, *days, numbers=False))), b)
    assert set(found) == {(A, f"{A}-A1"), (B, f"{B}-B1")}
    result = meet(home, Settings(home=home.root, threads=1), NIGHT, score)
    assert result.notes == ("near matches: 1 households of too many members to be compared",)


def test_decided_they_are_silent_and_answered_by_one_county_it_is(tmp_path: Path) -> None:
    home = Home(tmp_path)
    found = told(home, NIGHT, *twice())
    match = found[A, f"{A}-A1"].split(",")[0].removeprefix("match ")
    when = known_at(NIGHT) + timedelta(hours=11)
    decide(home, Settings(home=home.root, threads=1), match, B, "Zhao", "papers seen", when)
    again = told(home, NEXT, *twice(2))
    assert set(again) == {(A, f"{A}-A1")}
    assert again[A, f"{A}-A1"].endswith(", decided: belongs to the other county")


def test_found_to_be_different_nobody_is_told_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    found = told(home, NIGHT, *twice())
    match = found[A, f"{A}-A1"].split(",")[0].removeprefix("match ")
    when = known_at(NIGHT) + timedelta(hours=11)
    decide(home, Settings(home=home.root, threads=1), match, None, "Zhao", "papers seen", when)
    assert told(home, NEXT, *twice(2)) == {}


def test_with_another_household_than_the_one_decided_or_explained_it_is_told_anew(tmp_path: Path) -> None:
    home = Home(tmp_path)
    a, b = twice()
    found = told(home, NIGHT, a, b)
    match = found[A, f"{A}-A1"].split(",")[0].removeprefix("match ")
    decide(home, Settings(home=home.root), match, None, "Zhao", "papers seen", known_at(NIGHT) + timedelta(hours=11))
    gone = Attempt(family("B2", "1950-01-01"), submitter=B, number=2)
    more = replace(a, rows=together(a.rows, family("A2", *BIRTHS, numbers=False)), number=2)
    assert set(told(home, NEXT, more, gone)) == {(A, f"{A}-A1"), (A, f"{A}-A2")}


def test_a_county_that_explains_is_not_asked_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    told(home, NIGHT, *twice())
    with duckdb.connect() as opened:
        ids = opened.execute(
            "select finding_id from read_parquet(?) where rule = ? and submitter = ?",
            [home.lake_glob("findings_check", night=NIGHT), NEAR, A],
        ).fetchall()
        a, b = twice(2)
        words = [{"finding_id": found, "explanation": "双方核对，确为两人"} for (found,) in ids]
        told(home, NEXT, replace(a, rows=a.rows | {"explanations": words}), b)
        explained = opened.execute(
            "select finding_id from read_parquet(?) where attempt_id is not null", [home.lake_glob("explained")]
        ).fetchall()
    assert len(ids) == 4
    assert sorted(explained) == sorted(ids)


def test_a_clerks_own_check_and_the_steps_names_need_no_splink() -> None:
    code = "import sys, include.cli, include.night, include.county_check.play, include.intake.near_scores"
    loaded = f"{code}; print(*sorted({{'splink', 'pyarrow'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_chance_is_counted_among_pairs_that_are_two_persons_by_their_numbers(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """By hand: of five pairs of one birth date in households that share no number two have one other in common."""
    connection.execute(
        """create temp table near_records as
        select * from (values
            ('H1', 1, 'a', true, [7, 8]), ('H2', 1, 'b', true, [7, 9]), ('H3', 1, 'c', true, [8]),
            ('H4', 1, 'd', true, [5]), ('H5', 1, null, false, [7, 8]), ('H1', 7, 'e', true, [1, 8]),
            ('H3', 8, 'f', true, [1]), ('H4', 5, 'f', true, [1]))
        t (household_key, tag, person_key, has_number, others)"""
    )
    found = household_by_chance(connection)
    assert found == {
        "three_others": pytest.approx(3 / 5),
        "two_others": pytest.approx(3 / 5),
        "one_other": pytest.approx(2 / 5),
        "no_other": 0.0,
    }, "three in the number of pairs, where there is none"
