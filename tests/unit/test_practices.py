"""Practice cards from published marts: years and sides as said, and a measure that works in one zone alone."""

from __future__ import annotations

import json
from datetime import date

import duckdb
import numpy as np
import pytest
from typer.testing import CliRunner

from include.cli import app
from include.duck import insert_rows
from include.evidence.practices import Card, practice_cards
from include.home import Home
from include.settings import Settings

YEAR = 2026
HOUSEHOLDS = 2400
EFFECT = {"A01": 900.0, "A02": 0.0}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Published marts of the columns that cards read: trained in income year 2026, which raised incomes in A01."""
    home = Home(tmp_path_factory.mktemp("practices"))
    home.published.mkdir()
    draw = np.random.default_rng(20261120)
    with duckdb.connect(str(home.published / "marts-2026-11-20-1.duckdb")) as marts:
        marts.execute(
            """
            create schema household; create schema zone;
            create table household.household_versions (
                household_key varchar, version integer, village_code varchar, main_cause varchar, income_year bigint,
                wage_income decimal(18, 2), business_income decimal(18, 2), property_income decimal(18, 2),
                transfer_income decimal(18, 2), production_costs decimal(18, 2), food_clothing_secure boolean,
                housing_grade varchar, water_safe boolean, members_declared bigint, operation varchar
            );
            create table household.household_measures (
                household_key varchar, measure_code varchar, standing varchar, delivered_on date, amount decimal(18, 2)
            );
            create table zone.zones as select * from (values
                ('A01', 'contiguous_area'), ('A02', 'contiguous_area'), ('Z9', 'adapted_offer')) as t (zone_id, kind);
            create table zone.place_zones (place_code varchar, zone_id varchar);
            """
        )
        villages = {f"5134311000{n:02d}": "A01" if n < 30 else "A02" for n in range(60)}
        insert_rows(marts, "zone.place_zones", [list(item) for item in villages.items()])
        marts.execute("insert into zone.place_zones select place_code, 'Z9' from zone.place_zones")
        versions: list[list[object]] = []
        measures: list[list[object]] = []
        for number in range(HOUSEHOLDS):
            key, village = f"h{number}", list(villages)[number % 60]
            lasting, trained = draw.normal(5000, 1200), draw.random() < 0.4
            for version, year in enumerate((2024, 2025, 2026, 2027)):
                gain = EFFECT[villages[village]] if trained and year == YEAR + 1 else 0.0
                per_head = lasting + 200 * version + draw.normal(0, 600) + gain
                income = [per_head * 2 + 500, 0, 0, 0, 500]
                state = [True, "B", not trained or year <= YEAR, 2, "upsert"]
                versions.append([key, version, village, "07" if number % 3 else "09", year, *income, *state])
            if trained:
                measures.append([key, "M-TRAIN", "delivered", date(2026, 3, 1), 1500])
        # On neither side: trained before; and one who was only offered it is of the comparison.
        measures += [[f"h{n}", "M-TRAIN", "delivered", date(2024, 3, 1), 1500] for n in range(50)]
        measures.append(["h60", "M-IND", "offered", None, 900])
        insert_rows(marts, "household.household_versions", versions)
        insert_rows(marts, "household.household_measures", measures)
    (home.published / "marts.duckdb").symlink_to("marts-2026-11-20-1.duckdb")
    return home


def cards_of(home: Home, outcome: str) -> dict[tuple[str | None, str | None], Card]:
    found = practice_cards(Settings(home=home.root), home.published / "marts.duckdb", "M-TRAIN", YEAR, outcome)
    assert found.too_small == 0
    return {(card.cause, card.zone): card for card in found.cards}


def test_the_cards_say_where_it_worked_and_where_not(home: Home) -> None:
    cards = cards_of(home, "income_per_head")
    assert set(cards) == {(cause, zone) for cause in (None, "07", "09") for zone in (None, "A01", "A02")}
    worked, idle = cards[None, "A01"].verdict, cards[None, "A02"].verdict
    assert (worked.finding, idle.finding) == ("raised", "none_shown")
    for verdict, truth in ((worked, EFFECT["A01"]), (idle, EFFECT["A02"])):
        low, high = verdict.as_record()["interval"]
        assert low <= truth <= high
    assert worked.as_record()["cost_per_unit"] == 1500
    assert worked.estimates.clusters == 30
    assert cards[None, None].verdict.estimates.pretrend is not None


def test_who_had_it_at_another_time_is_on_neither_side(home: Home) -> None:
    whole = cards_of(home, "income_per_head")[None, None].verdict.estimates
    with duckdb.connect(str(home.published / "marts.duckdb"), read_only=True) as marts:
        treated = marts.execute(
            "select count(*) from household.household_measures where delivered_on >= '2026-01-01'"
            " and household_key not in (select household_key from household.household_measures"
            " where delivered_on < '2026-01-01')"
        ).fetchone()
    assert treated == (whole.treated,)
    assert whole.units + whole.units_left_out == HOUSEHOLDS - 50


def test_deprivations_are_counted_from_the_versions(home: Home) -> None:
    """Whoever was trained lost safe water the year after: one deprivation more, without any scatter."""
    whole = cards_of(home, "deprivations")[None, None].verdict
    assert whole.estimates.effect is not None
    assert whole.estimates.effect.estimate == pytest.approx(1.0)
    assert whole.finding == "raised"


def test_the_command_tells_the_cards_and_names_no_household(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGETED_HOME", str(home.root))
    command = ["practices", "--measure", "M-TRAIN", "--year", str(YEAR)]
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 0, told.stderr
    assert "M-TRAIN on income_per_head, cause any, zone A01:" in told.stdout and "h60" not in told.stdout
    record = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert len(record["cards"]) == 9 and "Z9" not in json.dumps(record)
    nothing = json.loads(CliRunner().invoke(app, ["practices", "--measure", "M-PV", "--year", "2026", "--json"]).stdout)
    (card,) = nothing["cards"]
    assert card["finding"] == "refused"
    assert {reason["kind"] for reason in card["reasons"]} >= {"few-treated", "poor-overlap"}
