"""The marts that the analysts' benchmark draws: as many households as asked for, and keys that still fit together."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from benchmarks.analyst import QUESTIONS, Answer, ask
from benchmarks.analysts import faults, phase_of, spread
from benchmarks.drawn_marts import Drawing, draw_marts
from tests.conftest import PlayedCountry

PLAYED = """
    create schema household; create schema zone; create schema responsibility; create schema quality;
    create table household.households as select * from (values
        ('513431-1', '513431', '51', '5134', '513431', '513431001001', '513431-S1', 'a'),
        ('513431-2', '513431', '51', '5134', '513437', '513437001001', '513431-S1', 'b'),
        ('130624-1', '130624', '13', '1306', '130624', '130624001001', null, 'c')
    ) as t (household_key, county_id, province_code, prefecture_code, county_code, village_code, helper_staff_key, hash);
    comment on column household.households.hash is 'kept';
    create table responsibility.staff as select * from (values
        ('513431-S1', '513431', 'CN'), ('51-S2', '51', 'CN')
    ) as t (staff_key, place_code, nation);
    create table zone.poverty_monthly as select * from (values
        ('zone', 'Z3', date '2026-11-01', 'running', 7), ('county', '130624', date '2026-11-01', 'running', 8)
    ) as t (area_kind, area_code, month, vintage, registered);
    create table zone.places as select * from (values ('130624', 'county'), ('130624001001', 'village')) as t (place_code, level);
    create table household.code_lists as select 'cause' as list_name, '130624' as code;
    create table quality.attempts as select '513431-00001' as attempt_id, '513431' as submitter,
        date '2026-11-20' as night, timestamp '2026-11-20 20:00' as arrived_at, timestamp '2026-11-20 22:00' as known_at;
    create table quality.publication as select 1 as number;
"""  # noqa: E501
COUNTIES = ["110101", "130624", "450000", "513431", "513437", "659001"]


@pytest.fixture
def drawn() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as played; use played")
        connection.execute(PLAYED)
        connection.execute("use memory")
        assert draw_marts(connection, "played", Drawing(copies=3, months=2, nights=1), COUNTIES) == 9
        yield connection


def test_each_county_is_drawn_as_several_and_its_keys_fit_together(drawn: duckdb.DuckDBPyConnection) -> None:
    rows = drawn.execute(
        "select household_key, county_id, province_code, prefecture_code, county_code, village_code, helper_staff_key"
        " from household.households order by all"
    ).fetchall()
    assert rows == sorted(
        [
            *((f"{c}-1", c, c[:2], c[:4], c, f"{c}001001", None) for c in ("110101", "450000", "513437")),
            *((f"{c}-1", c, c[:2], c[:4], c, f"{c}001001", f"{c}-S1") for c in ("130624", "513431", "659001")),
            *((f"{c}-2", c, c[:2], c[:4], c, f"{c}001001", f"{c}-S1") for c in ("130624", "513431", "659001")),
        ]
    )
    alone = drawn.execute(
        "select distinct helper_staff_key from household.households where helper_staff_key is not null"
        " and helper_staff_key not in (select staff_key from responsibility.staff)"
    ).fetchall()
    assert alone == []
    kept = drawn.execute(
        "select comment from duckdb_columns() where database_name = 'memory' and column_name = 'hash'"
    ).fetchall()
    assert kept == [("kept",)]


def test_what_is_of_no_county_stays_once(drawn: duckdb.DuckDBPyConnection) -> None:
    assert drawn.execute("select count(*) from responsibility.staff where staff_key = '51-S2'").fetchall() == [(1,)]
    assert drawn.execute("from household.code_lists").fetchall() == [("cause", "130624")]
    places = drawn.execute("select place_code from zone.places order by 1").fetchall()
    assert places == [("110101001001",), ("130624",), ("450000001001",), ("513437001001",)]


def test_months_and_nights_before_are_drawn(drawn: duckdb.DuckDBPyConnection) -> None:
    months = drawn.execute(
        "select strftime(month, '%Y-%m'), vintage, registered from zone.poverty_monthly"
        " where area_code = 'Z3' order by 1"
    ).fetchall()
    assert months == [("2026-09", "cut", 7), ("2026-10", "cut", 7), ("2026-11", "running", 7)]
    assert drawn.execute("select count(*) from zone.poverty_monthly where area_kind = 'county'").fetchall() == [(9,)]
    attempts = drawn.execute(
        "select count(*), count(distinct attempt_id), min(known_at) from quality.attempts"
    ).fetchall()
    assert [(str(count), str(keys), str(known)) for count, keys, known in attempts] == [
        ("6", "6", "2026-11-19 22:00:00")
    ]


def test_more_counties_than_there_are_cannot_be_drawn() -> None:
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as played; use played")
        connection.execute(PLAYED)
        connection.execute("use memory")
        with pytest.raises(ValueError, match="8 counties are to be drawn, and the seed of places has 6"):
            draw_marts(connection, "played", Drawing(4, 0, 0), COUNTIES)


def answer(at: float, took: float, kind: str = "one household", rows: int = 1, error: str = "") -> Answer:
    return Answer(at, kind, "its row", took, took / 2, rows, 1, error)


def test_what_is_over_its_limit_missing_or_an_error_is_told() -> None:
    assert [phase_of(at, [10.0, 20.0]) for at in (9.9, 10.0, 19.9, 20.0)] == ["before", "during", "during", "after"]
    found = spread([answer(0, took) for took in (1.0, 2.0, 90.0)])
    assert found
    assert (found.count, found.median) == (3, 2.0)
    good = [answer(0, 49.0), answer(0, 199.0, "a zone's months")]
    well = dict.fromkeys(("alone", "before", "during", "after"), good)
    assert faults(well) == []
    bad = [answer(0, 51.0), answer(0, 51.0, rows=0), answer(0, 1, "error", 0, "IOException: gone")]
    assert faults(well | {"during": bad}) == [
        "during: IOException: gone",
        "during: no row for one household, its row",
        "during: one household: median 51 ms, the limit is 50 ms",
        "during: a zone's months: nothing was asked, the limit is 200 ms",
    ]


def test_every_question_can_be_asked_of_what_is_published(played_country: PlayedCountry) -> None:
    path = played_country.home.published / "marts.duckdb"
    with duckdb.connect(str(path), read_only=True) as marts:
        ((key, county),) = marts.execute(
            "select household_key, county_code from household.households where visit_overdue"
            " and helper_staff_key is not null and not provisional order by household_key limit 1"
        ).fetchall()
        subjects = {"households": key, "counties": county, "zones": "Z3", "": ""}
        for question in QUESTIONS:
            rows = ask(marts, question, subjects[question.about], "2026-11-30")
            if question.name not in {"what should be offered", "causes without a fitting measure"}:
                assert rows, question.name
            if question.name in {"its row", "as of a day"}:
                assert [row[0] for row in rows] == [key]
