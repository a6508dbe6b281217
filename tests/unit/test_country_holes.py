"""Holes are planted once each, are told in a key, stand on every night, and change nobody's life."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from include.country.make import make_country
from tests.planted_holes import read_holes

KINDS = {
    "nobody_in_charge", "holder_left", "two_in_charge", "no_helper", "helper_not_in_office", "two_helpers",
    "hand_over_gap", "caseload", "never_visited", "visit_overdue", "visits_to_confirm", "promise_short",
    "sides_differ", "idle", "idle_long", "double_funding", "money_without_coverage", "coverage_without_money",
    "designation_ended", "designated_short", "designated_sides_differ", "designated_told_twice",
    "file_out_of_date",
}  # fmt: skip
NIGHTS = ("2026-11-20", "2026-11-21")


def _make(out: Path, holes: str) -> Path:
    make_country(out, counties=4, households=600, nights=2, seed=7, faults="none", holes=holes)
    return out


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four counties with holes."""
    return _make(tmp_path_factory.mktemp("holes") / "country", "standard")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same country without."""
    return _make(tmp_path_factory.mktemp("clean") / "country", "none")


def _rows(country: Path, night: str, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        for file in sorted((country / "truth" / night).glob("*.parquet")):
            connection.execute(f"create view {file.stem} as select * from read_parquet('{file}')")
        return connection.execute(query).fetchall()


def test_every_kind_is_planted_and_the_clean_country_has_an_empty_key(planted: Path, clean: Path) -> None:
    assert {kind for kind, _ in read_holes(planted)} == KINDS
    assert read_holes(clean) == frozenset()
    assert (clean / "holes_key.csv").read_text(encoding="utf-8") == "submitter,kind,key\n"


def test_the_same_people_live_in_both_countries(planted: Path, clean: Path) -> None:
    """A hole is in duty, visits, surveys, promises or money: else households and persons are the same."""
    for dataset in ("households exclude (helper_staff_id, surveyed_on)", "persons"):
        query = f"select * {dataset.partition(' ')[2]} from {dataset.partition(' ')[0]} order by all"
        assert _rows(planted, NIGHTS[0], query) == _rows(clean, NIGHTS[0], query)


@pytest.mark.parametrize("night", NIGHTS)
def test_holes_stand_on_every_night(planted: Path, night: str) -> None:
    """A few of the kinds by the truth's own rows, each found by the key."""
    key: dict[str, str] = {kind: name for kind, name in sorted(read_holes(planted)) if kind != "hand_over_gap"}
    household = key["no_helper"].partition("-")[2]
    active = f"select count(*) from assignments where household_id = '{household}' and to_date is null"
    assert _rows(planted, night, active) == [(0,)]
    household = key["two_helpers"].partition("-")[2]
    active = f"select count(*) from assignments where household_id = '{household}' and to_date is null"
    assert _rows(planted, night, active) == [(2,)]
    household = key["never_visited"].partition("-")[2]
    assert _rows(planted, night, f"select count(*) from visits where household_id = '{household}'") == [(0,)]
    helper = key["caseload"].partition("-")[2]
    load = f"select count(*) >= 12 from assignments where staff_id = '{helper}' and to_date is null"
    assert _rows(planted, night, load) == [(True,)]
    project = key["idle_long"].partition("-")[2]
    idle = (
        f"select allocated_on <= date '2024-11-20' and disbursed < allocated from funds where project_id = '{project}'"
    )
    assert _rows(planted, night, idle) == [(True,)]
    leader = f"select count(*) from staff where role = 'leader' and place_code = '{key['nobody_in_charge']}'"
    assert _rows(planted, night, leader) == [(0,)]


@pytest.mark.parametrize("night", NIGHTS)
def test_no_number_is_given_twice(planted: Path, night: str) -> None:
    for dataset, key in (
        ("visits", "visit_id"),
        ("measures", "measure_id"),
        ("staff", "staff_id"),
        ("funds", "project_id"),
        ("assignments", "(household_id, staff_id, from_date)"),
    ):
        assert _rows(planted, night, f"select {key} from {dataset} group by all having count(*) > 1") == []


def test_the_clerks_key_names_the_households_that_a_rule_asks_about(planted: Path, clean: Path) -> None:
    """Rules of the door ask about them too: on each night that their rows are sent, and about no other hole."""
    lines = (planted / "answer_key.csv").read_text(encoding="utf-8").splitlines()
    more = set(lines) - set((clean / "answer_key.csv").read_text(encoding="utf-8").splitlines())
    assert {line.split(",")[0] for line in more} == set(NIGHTS)
    assert {line.partition(",households,")[2].partition(",")[2] for line in more} == {
        "no_helper,household-without-helper:explain",
        "file_out_of_date,household-file-out-of-date:advice",
    }


def test_the_same_seed_gives_the_same_key_and_wrong_words_are_refused(planted: Path, tmp_path: Path) -> None:
    again = _make(tmp_path / "again", "standard")
    assert (again / "holes_key.csv").read_bytes() == (planted / "holes_key.csv").read_bytes()
    with pytest.raises(ValueError, match="holes is none or standard; not 'many'"):
        _make(tmp_path / "wrong", "many")
