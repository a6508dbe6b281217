"""The whole dbt project on a lake of which every row is known: two nights, a held and a provisional household."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from include.home import Home
from include.settings import Settings
from include.warehouse.content_hash import MART_SCHEMAS
from include.warehouse.copy import copy_schemas
from include.warehouse.dbt import DbtFailed, build_layer, prepare, target_of
from include.warehouse.sources import PROJECT
from tests.dbt.in_process import in_process, run_dbt
from tests.dbt.tiny_lake import COUNTY, attempt, counted, finding, household, key, person, sent, write

FIRST, SECOND = date(2026, 11, 20), date(2026, 11, 21)
EARLIER = FIRST - timedelta(days=10)


def _account(submitter: str, night: date) -> dict[str, Any]:
    kind = "province" if submitter.endswith("0000") else "county"
    return {"submitter": submitter, "submitter_kind": kind, "county_id": submitter, "night": night}


def _first_night(home: Home) -> None:
    """A is poor; B has exited by a decision, D without one; C is watched; P is new and held for want of a village."""
    write(home, "accounts", FIRST, [_account(s, FIRST) for s in (COUNTY, "513432", "510000")])
    write(home, "attempts", FIRST, [attempt(1, FIRST, "full")])
    write(home, "conservation", FIRST, [counted(1, FIRST, "households", 4, 1), counted(1, FIRST, "persons", 5, 1)])
    households = [
        household(1, FIRST, 2, "A", other_causes="09"),
        household(1, FIRST, 3, "B", exit_flag="1", exited_on=date(2019, 12, 1), wage_income=20000),
        household(
            1, FIRST, 4, "C", exit_flag="1", monitoring_class="1", risks="01,09", risk_status="1", water_safe=False
        ),
        household(1, FIRST, 5, "D", exit_flag="1", production_costs=9000),
    ]
    write(home, "accepted", FIRST, households, "households")
    members = [person(1, FIRST, 2, "A", 1), person(1, FIRST, 3, "A", 2), person(1, FIRST, 4, "B", 1)]
    members += [person(1, FIRST, 5, "C", 1), person(1, FIRST, 6, "D", 1, health="4", birth_date=date(1950, 1, 1))]
    write(home, "accepted", FIRST, members, "persons")
    held = {"held_by": ["value-missing"], "provisional": True}
    write(home, "held", FIRST, [household(1, FIRST, 6, "P", village_code=None, **held)], "households")
    write(home, "held", FIRST, [person(1, FIRST, 7, "P", 1, **held)], "persons")
    exits = [
        sent(
            1,
            FIRST,
            n,
            decision_id=f"d{n}",
            household_id=h,
            act="exit",
            office_unit_id="U1",
            decided_on=date(2019, 12, 1),
        )
        for n, h in ((2, "B"), (3, "C"))
    ]
    write(home, "accepted", FIRST, exits, "decisions")
    offers: list[dict[str, Any]] = [
        {
            "measure_id": "m1",
            "measure_code": "M-HEALTH",
            "response": "1",
            "delivered_on": date(2026, 6, 1),
            "amount": 500,
        },
        {"measure_id": "m2", "measure_code": "M-LOAN", "response": "0", "offered_on": date(2026, 5, 1)},
    ]
    write(
        home, "accepted", FIRST, [sent(1, FIRST, n, household_id="A", **o) for n, o in enumerate(offers, 2)], "measures"
    )
    staff: dict[str, Any] = {
        "staff_id": "S1",
        "unit_id": "U9",
        "role": "leader",
        "level": "province",
        "place_code": "51",
    }
    province = {"submitter": "510000", "county_id": "510000", "attempt_id": "510000-00001"}
    write(home, "accepted", FIRST, [sent(1, FIRST, 2, from_date=date(2025, 1, 1), **staff) | province], "staff")
    helps = sent(1, FIRST, 2, household_id="A", staff_id="S1", from_date=date(2026, 1, 1))
    write(home, "accepted", FIRST, [helps], "assignments")
    write(home, "findings_check", FIRST, [finding(1, FIRST, "f1", "P", 6), finding(1, FIRST, "f2", "A", 2)])


def _second_night(home: Home) -> None:
    """A's change is held; P comes mended; of C an older report arrives late; everybody else is not in the package."""
    write(home, "accounts", SECOND, [_account(COUNTY, SECOND)])
    write(home, "attempts", SECOND, [attempt(2, SECOND), attempt(3, SECOND, as_of=EARLIER)])
    write(home, "conservation", SECOND, [counted(2, SECOND, "households", 1, 1), counted(3, SECOND, "households", 1)])
    late = household(3, SECOND, 2, "C", as_of=EARLIER, fuel="04", risks="01", risk_status="1", monitoring_class="1")
    write(home, "accepted", SECOND, [household(2, SECOND, 2, "P"), late], "households")
    write(home, "accepted", SECOND, [person(2, SECOND, 2, "P", 1)], "persons")
    broken = household(2, SECOND, 3, "A", village_code=None, fuel="04", held_by=["value-missing"], provisional=False)
    write(home, "held", SECOND, [broken], "households")
    write(home, "findings_check", SECOND, [finding(2, SECOND, "f2", "A", 3)])
    answer = {"measure_id": "m2", "measure_code": "M-LOAN", "response": "2", "responded_on": SECOND}
    turned_down = sent(2, SECOND, 2, household_id="A", offered_on=date(2026, 5, 1), **answer)
    write(home, "accepted", SECOND, [turned_down], "measures")


def _rows(home: Home, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        return connection.execute(query).fetchall()


def _of(
    home: Home, household_id: str, columns: str, table: str = "households", order: str = "all"
) -> list[tuple[Any, ...]]:
    """Columns of the rows of one household in a table of the schema household."""
    return _rows(
        home, f"select {columns} from household.{table} where household_key = '{key(household_id)}' order by {order}"
    )


def _build(home: Home, night: date, *layers: str) -> None:
    for layer in layers:
        build_layer(home, Settings(home=home.root), night, layer)


def _build_at_once(home: Home, night: date, *leave: str) -> None:
    """All layers in one run of dbt in this process, but for what `leave` excludes: quicker, the same tables."""
    settings = Settings(home=home.root)
    prepare(home, settings)
    run_dbt(home, settings, night, ["build", "--exclude-resource-type", "unit_test", *leave])


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose warehouse stands at the first night, built by the program as a night builds it."""
    home = Home(tmp_path_factory.mktemp("dbt") / "home")
    _first_night(home)
    _build(home, FIRST, "seeds", "staging_intermediate", "marts")
    return home


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Another home whose warehouse stands at the second night."""
    home = Home(tmp_path_factory.mktemp("dbt") / "home")
    _first_night(home)
    _second_night(home)
    _build_at_once(home, SECOND, "--exclude", "path:seeds,resource_type:test")
    return home


def test_every_household_stands_where_it_should(first: Home) -> None:
    columns = "household_key, status, in_need, held, provisional, members, income_per_head"
    assert _rows(first, f"select {columns} from household.households order by 1") == [
        (key("A"), "registered", True, False, False, 2, Decimal("3000.00")),
        (key("B"), "exited", False, False, False, 1, Decimal("22000.00")),
        (key("C"), "exited", True, False, False, 1, Decimal("6000.00")),
        (key("D"), "exit_undecided", True, False, False, 1, Decimal("-2000.00")),
        (key("P"), "provisional", True, True, True, 1, Decimal("6000.00")),
    ]


def test_a_provisional_household_is_shown_and_counted(first: Home) -> None:
    assert _of(first, "P", "village_code, county_code, held_by") == [(None, COUNTY, "value-missing")]
    assert _of(first, "P", "person_no, provisional", "members") == [(1, True)]
    held = _rows(first, "select household_key, provisional, held_days, decide_by from quality.held_households")
    assert held == [(key("P"), True, 0, FIRST + timedelta(days=14))]
    nation = "area_kind = 'nation' and line = 'poverty_line' and income = 'after_assistance' and weight = 'households'"
    poverty = _rows(first, f"select registered, below_line, bottom_coded from zone.poverty_monthly where {nation}")
    assert poverty == [(5, 2, 1)]


def test_the_held_change_waits_and_the_household_stays(second: Home) -> None:
    columns = "fuel, village_code is not null, held, held_since_night, provisional, in_need"
    assert _of(second, "A", columns) == [("01", True, True, SECOND, False, True)]
    assert _of(second, "P", "status, held, provisional, members") == [("registered", False, False, 1)]


def test_a_late_report_changes_the_past_and_not_the_present(second: Home) -> None:
    assert _of(second, "C", "fuel, water") == [("01", "not_met")]
    assert _of(second, "C", "version, fuel, as_of", "household_versions") == [(1, "04", EARLIER), (2, "01", FIRST)]


def test_the_analysts_macros_travel_in_time(second: Home, tmp_path: Path) -> None:
    published = tmp_path / "marts.duckdb"
    with duckdb.connect(str(published)) as connection:
        connection.execute(f"attach '{second.warehouse}' as w (read_only)")
        copy_schemas(connection, "w", MART_SCHEMAS)
        for path in sorted((PROJECT / "analyst_macros").glob("*.sql")):
            connection.execute(path.read_text(encoding="utf-8"))
    with duckdb.connect(str(published), read_only=True) as connection:

        def fuel_of_c(day: date, known: str | None) -> list[tuple[Any, ...]]:
            known_at = f", known_at := timestamp '{known}'" if known else ""
            states = f"household.households_as_of(date '{day}'{known_at})"
            return connection.execute(f"select fuel from {states} where household_key = '{key('C')}'").fetchall()

        assert fuel_of_c(FIRST, None) == [("01",)]
        assert fuel_of_c(EARLIER, None) == [("04",)]
        assert fuel_of_c(EARLIER, f"{FIRST} 22:00:00") == [], "on the first night nobody knew of the late report"
        story = connection.execute(
            f"select valid_on, kind, what from household.household_story('{key('C')}')"
        ).fetchall()
        assert (EARLIER, "report", "news that came late") in story
        assert (date(2019, 12, 1), "decision", "exit") in [
            (day, kind, what.split(":")[0]) for day, kind, what in story if what
        ]
        water = "select state from household.conditions_as_of(date '2026-11-20')"
        assert connection.execute(f"{water} where household_key = '{key('C')}' and condition = 'water'").fetchall() == [
            ("not_met",)
        ]
        causes = connection.execute(
            f"select cause, is_main from household.causes_as_of(date '2026-11-20') where household_key = '{key('A')}'"
            " order by all"
        ).fetchall()
        assert causes == [("01", True), ("09", False)]
        measures = "select measure_code, standing from household.measures_as_of(date '2026-11-25') order by all"
        assert connection.execute(measures).fetchall() == [("M-HEALTH", "delivered"), ("M-LOAN", "offered")]
        charge = "select staff_key from responsibility.assignments_as_of(date '2026-06-30')"
        assert connection.execute(charge).fetchall() == [("510000-S1",)]
        history = connection.execute(f"select fuel, until from household.household_history('{key('C')}')").fetchall()
        assert history == [("04", FIRST), ("01", None)]


def test_two_nights_compared_do_not_show_who_declined(first: Home, second: Home) -> None:
    """A turned the loan down on the second night: whatever is told of A's measures is what was told before."""
    assert _rows(second, "select standing from intermediate.int_household_offers where measure_id = 'm2'") == [
        ("not_taken_up",)
    ]
    for table in ("household_measures", "measure_versions", "measure_fit", "recommended_measures", "measure_misfits"):
        before = _of(first, "A", "*", table)
        assert before or table == "measure_misfits", "A has help, and none that does not fit"
        assert _of(second, "A", "*", table) == before, table
    assert _of(second, "A", "measure_key, standing", "household_measures") == [
        (f"{COUNTY}-m1", "delivered"),
        (f"{COUNTY}-m2", "offered"),
    ]
    assert _of(second, "A", "cause, fit", "measure_fit") == [("01", "delivered"), ("09", "offered")]
    answers = "select measure_code, offers, not_accepted, waiting, not_taken_up, delivered from zone.measure_uptake"
    told = [("M-HEALTH", 1, 0, None, None, 1), ("M-LOAN", 1, 1, None, None, 0)]
    for home in (first, second):
        assert _rows(home, f"{answers} where area_kind = 'nation' order by 1") == told, "one answer is nobody's count"


def test_the_rule_and_level_that_decided_are_named(first: Home) -> None:
    query = f"""select decided_by_rule, decided_at_level, offer from household.recommended_measures
        where household_key = '{key("C")}' and condition_code = 'water' and measure_code = 'M-WATER'"""
    assert _rows(first, query) == [("CN-water-01", "national", "must_offer")]
    zone = f"""select decided_by_rule, decided_at_level, offer from household.recommended_measures
        where household_key = '{key("A")}' and condition_code = 'income' and measure_code = 'M-JOB-AWAY'"""
    assert _rows(first, zone) == [("Z5-income-02", "zone", "may_offer")]


def test_a_county_household_may_have_the_provinces_helper(first: Home) -> None:
    assert _of(first, "A", "helper_staff_key") == [("510000-S1",)]
    links = "select level, vacant from responsibility.duty_chain"
    chain = _rows(first, f"{links} where household_key = '{key('A')}' order by level_order")
    levels = ["centre", "province", "prefecture", "county", "township", "village", "household"]
    assert chain == [(level, level not in ("province", "household")) for level in levels]
    gaps = _rows(first, "select gap_key from responsibility.duty_gaps where gap = 'no_helper' order by 1")
    assert gaps == [(key("C"),), (key("D"),), (key("P"),)]


def test_findings_are_new_standing_and_cleared(first: Home, second: Home) -> None:
    query = "select finding_id, state, first_night, last_night, cleared_night from quality.findings order by 1"
    assert _rows(first, query) == [("f1", "new", FIRST, FIRST, None), ("f2", "new", FIRST, FIRST, None)]
    assert _rows(second, query) == [("f1", "cleared", FIRST, FIRST, SECOND), ("f2", "standing", FIRST, SECOND, None)]


def test_who_did_not_report_is_missing(first: Home) -> None:
    states = _rows(first, "select submitter, state from quality.reporting order by 1")
    assert states == [("510000", "missing"), (COUNTY, "received"), ("513432", "missing")]


def test_no_mart_shows_a_hash_or_a_birth_date(first: Home) -> None:
    marts = "table_schema in ('household', 'zone', 'responsibility', 'quality')"
    columns = _rows(first, f"select column_name from information_schema.columns where {marts}")
    assert len(columns) > 300
    assert not [name for (name,) in columns if "person_key" in name or "birth" in name]


def test_comments_are_in_the_file(first: Home) -> None:
    bare = _rows(
        first,
        """select schema_name || '.' || table_name || '.' || column_name from duckdb_columns()
        where schema_name in ('household', 'zone', 'responsibility', 'quality') and coalesce(comment, '') = ''""",
    )
    assert bare == []


def test_a_past_night_is_rebuilt_to_the_same_rows(first: Home, tmp_path: Path) -> None:
    """What came on the second night is not there for the first one."""
    tables = ("household.households", "household.household_versions", "quality.findings", "zone.poverty_monthly")
    before = [_rows(first, f"select * from {table} order by all") for table in tables]
    home = Home(tmp_path / "home")
    _first_night(home)
    _second_night(home)
    _build_at_once(home, FIRST, "test")  # the same rows pass what they passed
    assert [_rows(home, f"select * from {table} order by all") for table in tables] == before


def test_a_lost_row_fails_the_build_and_is_named(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    _first_night(home)
    write(home, "conservation", FIRST, [counted(1, FIRST, "households", 4, 0, received=5)])
    prepare(home, Settings(home=home.root))
    run_dbt(home, Settings(home=home.root), FIRST, ["seed"])
    with in_process(), pytest.raises(DbtFailed) as raised:
        _build(home, FIRST, "quality")
    assert raised.value.layer == "quality"
    assert [failure.split(":")[0] for failure in raised.value.failures] == ["rows_are_conserved"]


#: Models that compare every row of one list with every row of another, one of which is a few rows of a standard.
_SHORT_LISTS = {
    "int_county_standards",
    "int_county_lines",
    "int_cuts",  # months by rows of one standard
    "int_cut_standards",  # cuts by rows of the standards
    "zone__rulebook",
    "int_indicator_scores",  # cuts by indicators
    "int_county_scorecards",  # counties and nights by the scorecard's indicators
    "int_county_score_evidence",  # nights by the scorecard's indicators
    "int_findings_due",  # findings by one indicator
}


def test_no_model_compares_every_row_with_every_other(first: Home) -> None:
    """Such a join takes minutes at a county's size and days at a nation's, and no small country shows it."""
    models = sorted((first.warehouse.parent / "dbt-target" / "compiled" / "targeted" / "models").rglob("*.sql"))
    assert len(models) > 100
    with duckdb.connect(str(first.warehouse), read_only=True) as connection:
        connection.execute(f"set file_search_path = '{first.warehouse.parent}'")  # as dbt runs in it
        plans = {path.stem: str(connection.execute(f"explain {path.read_text()}").fetchall()) for path in models}
    assert {name for name, plan in plans.items() if "BLOCKWISE_NL_JOIN" in plan} == _SHORT_LISTS


def test_quality_does_not_build_the_warehouse_twice(first: Home) -> None:
    """On a night whose warehouse stands, quality builds its own tables alone."""
    own = len(list((PROJECT / "models" / "marts" / "quality").glob("*.sql")))
    with in_process():
        again = build_layer(first, Settings(home=first.root), FIRST, "quality")
    assert again.counts["models"] == own


def test_an_unknown_layer_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        _build(Home(tmp_path), FIRST, "everything")


def test_the_unit_tests_hold(first: Home) -> None:
    run_dbt(first, Settings(home=first.root), FIRST, ["test", "--select", "test_type:unit"])
    results = json.loads((target_of(first) / "run_results.json").read_text(encoding="utf-8"))["results"]
    passed = [result["unique_id"] for result in results if result["status"] == "pass"]
    assert len(passed) >= 33, f"only {len(passed)} unit tests ran"
    assert all(name.startswith("unit_test.") for name in passed)
