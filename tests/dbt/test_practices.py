"""Practice cards of the mart: every one as the estimate in Python has it, with effects that were planted."""

from __future__ import annotations

import csv
import json
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pandas
import pytest
from typer.testing import CliRunner

from include.cli import app
from include.evidence.criteria import criteria
from include.evidence.estimate import estimate
from include.evidence.judge import judge
from include.evidence.practices import QUESTION, Card, practice_cards
from include.seeds import SEEDS
from include.settings import Settings
from tests.dbt.models_alone import NIGHT, ModelsAlone

YEAR = 2026
HOUSEHOLDS, VILLAGES = 6000, 120
AREA = {0: "A01", 1: "A02"}
WORKS_IN_A01 = {"A01": 1500.0, "A02": 0.0, "outside": 0.0}
LEFT = range(0, HOUSEHOLDS, 13)
"""Households whose register entry was closed when the year after had been told of."""
MODELS = ("int_last_villages", "int_delivered_measures", "path:models/intermediate/practice", "zone__practices")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> ModelsAlone:
    """Five income years: training works in A01, loans go to those who rise already, few get a workshop.

    The year before, tourism came to some, and it took their safe water. Some have left since the last of these years.
    """
    models = ModelsAlone(tmp_path_factory.mktemp("practices"))
    draw = np.random.default_rng(20261120)
    number = np.arange(HOUSEHOLDS)
    village = number % VILLAGES
    area = np.array([AREA.get(v % 3, "outside") for v in village])
    rising = draw.normal(0, 1, HOUSEHOLDS)
    lasting = draw.normal(5000, 1200, HOUSEHOLDS)
    given = {
        "M-TRAIN": draw.random(HOUSEHOLDS) < 0.35,
        "M-LOAN": rising > 0.8,
        "M-IND": draw.random(HOUSEHOLDS) < 0.2,
        "M-WORKSHOP": number < 20,
    }
    other = np.random.default_rng(7)
    toured = other.random(HOUSEHOLDS) < 0.3
    years = []
    for version, year in enumerate(range(YEAR - 3, YEAR + 2), start=-1):
        per_head = (
            lasting + version * (200 + 500 * rising) + (draw if version >= 0 else other).normal(0, 600, HOUSEHOLDS)
        )
        if year == YEAR + 1:
            per_head += given["M-TRAIN"] * np.array([WORKS_IN_A01[name] for name in area])
        years.append(
            pandas.DataFrame(
                {
                    "household_key": [f"h{n}" for n in number],
                    "operation": "upsert",
                    "income_year": year,
                    "as_of": date(year, 10, 31),
                    "known_at": date(year, 10, 31),
                    "number": 1,
                    "file": "households.csv",
                    "row": number,
                    "village_code": [f"51343{v:07d}" for v in village],
                    "main_cause": np.where(number % 5 < 3, "07", "09"),
                    "members_declared": 2 + number % 2,
                    "wage_income": (per_head * (2 + number % 2)).round(2),
                    **dict.fromkeys(("business_income", "property_income", "transfer_income"), 0.0),
                    "production_costs": 0.0,
                    "food_clothing_secure": True,
                    "housing_grade": np.where((number + year) % 4 == 0, "C", "B"),
                    "water_safe": ((number % 7 > 0) | (year > YEAR)) & ~(toured & (year >= YEAR)),
                }
            )
        )
    offers = [
        (f"h{n}", measure, "delivered", date(YEAR, 3, 1), 1000 + 500 * (n % 3) if n % 11 else None)
        for measure, treated in given.items()
        for n in np.flatnonzero(treated)
    ]
    # On neither side: some had training before; an offer that was not delivered leaves a household in the comparison.
    offers += [(f"h{n}", "M-TRAIN", "delivered", date(YEAR - 2, 3, 1), 1500) for n in range(0, HOUSEHOLDS, 40)]
    offers += [(f"h{n}", "M-TOUR", "delivered", date(YEAR - 1, 3, 1), 800) for n in np.flatnonzero(toured)]
    offers += [(f"h{n}", "M-IND", "offered", None, 900) for n in range(50)]
    columns = ["household_key", "measure_code", "standing", "delivered_on", "amount"]
    measures = pandas.DataFrame(offers, columns=columns).assign(county_id="c", person_no=None, project_id=None)
    measures["measure_id"] = [f"m{n}" for n in range(len(measures))]
    left = measures["household_key"].isin([f"h{n}" for n in LEFT])
    told_on = date(YEAR, 10, 31)
    origin = {"operation": "upsert", "as_of": told_on, "known_at": told_on, "number": 1, "file": "m.csv", "row": 1}
    unsaid = dict.fromkeys((
        "offered_on", "response", "responded_on", "agreement_recorded", "planned_on", "provider_unit_id", "result",
        "close_reason", "closed_on", "closed_by", "submitter", "attempt_id", "night",
    ))  # fmt: skip
    here = [f"h{n}" for n in number if n not in LEFT]
    frames: dict[str, Any] = {
        "int_household_versions": pandas.concat([*years, years[-1].iloc[list(LEFT)].assign(operation="close")]),
        "int_households": pandas.DataFrame({"cut_id": "night", "household_key": here, "place_code": "513430000000"}),
        "int_household_offers": measures[~left],
        "int_measure_versions": measures[left].drop(columns="standing").assign(**origin, **unsaid),
        "int_place_zones": pandas.DataFrame(
            [("night", f"51343{v:07d}", AREA[v % 3], False) for v in range(VILLAGES) if v % 3 in AREA]
            + [("night", f"51343{v:07d}", "Z9", True) for v in range(VILLAGES)],
            columns=["cut_id", "place_code", "zone_id", "restricted"],
        ),
        "int_cuts": pandas.DataFrame([("night", NIGHT, NIGHT)], columns=["cut_id", "state_on", "known_by"]),
        "int_standards_in_force": pandas.DataFrame(national_standards(), columns=["subject", "jurisdiction", "value"]),
    }
    casts = {
        "int_household_versions": "* replace ("
        + ", ".join(
            f"cast({name} as decimal(18, 2)) as {name}"
            for name in ("wage_income", "business_income", "property_income", "transfer_income", "production_costs")
        )
        + ")",
        "int_household_offers": "* replace (cast(amount as decimal(18, 2)) as amount,"
        " cast(delivered_on as date) as delivered_on)",
        "int_measure_versions": "* replace (cast(delivered_on as date) as delivered_on, cast(as_of as date) as as_of)",
        "int_cuts": "* replace (cast(state_on as date) as state_on)",
    }
    with duckdb.connect(str(models.home.warehouse)) as warehouse:
        warehouse.execute("create schema intermediate; create schema seeds")
        for seed in ("student_t_quantiles", "measures", "zones"):  # read here: another start of dbt takes long
            warehouse.execute(f"create table seeds.{seed} as from read_csv('{SEEDS / seed}.csv', header = true)")
        for table, frame in frames.items():
            warehouse.register("frame", frame)
            warehouse.execute(f"create table intermediate.{table} as select {casts.get(table, '*')} from frame")
            warehouse.unregister("frame")
    models.run(*MODELS)
    return models


def national_standards() -> list[tuple[str, str, float]]:
    with (SEEDS / "standards.csv").open(encoding="utf-8", newline="") as file:
        return [
            (row["subject"], "CN", float(row["value"]))
            for row in csv.DictReader(file)
            if row["subject"].startswith("effect_") and not row["valid_to"]
        ]


@pytest.fixture(scope="module")
def cards(models: ModelsAlone) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    with duckdb.connect(str(models.home.warehouse), read_only=True) as warehouse:
        found = warehouse.execute("select * from zone.practices")
        names = [column[0] for column in found.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {(row["measure_code"], row["outcome"], row["zone_id"], row["cause"]): row for row in rows}


def test_every_card_is_the_estimate_and_the_judgement_of_the_command(
    models: ModelsAlone, cards: dict[tuple[str, str, str, str], dict[str, Any]]
) -> None:
    told = 0
    asked = criteria(date(YEAR, 11, 20))
    with duckdb.connect(str(models.home.warehouse), read_only=True) as warehouse:
        for (measure, outcome, zone, cause), card in cards.items():
            source = (
                f"from intermediate.int_practice_units where measure_code = '{measure}' and outcome = '{outcome}'"
                f" and '{zone}' in ('all', zone_id) and '{cause}' in ('all', cause)"
            )
            verdict = judge(QUESTION, estimate(warehouse, source, QUESTION), asked)
            record, where = verdict.as_record(), (measure, outcome, zone, cause)
            assert (card["grade"], card["finding"]) == (record["grade"], record["finding"]), where
            kinds = [reason.kind for reason in verdict.refusals]
            assert (card["refused_because"] or "") == ", ".join(kinds), where
            for name in ("treated", "treated_compared", "comparison_compared"):
                assert card[name] == record[name], (where, name)
            assert card["villages"] == record["clusters"], where
            assert float(card["overlap"]) == pytest.approx(record["overlap"], abs=1e-6), where
            if record["pretrend"]:
                found = [float(card[name]) for name in ("pretrend", "pretrend_low", "pretrend_high")]
                assert found == near([record["pretrend"]["difference"], *record["pretrend"]["interval"]]), where
            if record["grade"] == "refused":
                assert (card["effect"], card["effect_low"], card["cost_per_household"]) == (None,) * 3, where
                continue
            told += 1
            found = [float(card[name]) for name in ("effect", "effect_low", "effect_high")]
            assert found == near([record["effect"], *record["interval"]]), where
            assert float(card["cost_per_household"]) == pytest.approx(record["cost_per_unit"], abs=0.006), where
            if record["cost_per_unit_of_effect"] is None:
                assert card["cost_per_unit_of_effect"] is None, where
            else:
                assert float(card["cost_per_unit_of_effect"]) == pytest.approx(
                    record["cost_per_unit_of_effect"], abs=0.006
                ), where
    assert told > 10


def near(values: list[float]) -> Any:
    return pytest.approx(values, abs=2e-6)


def test_it_worked_where_it_was_planted_and_not_elsewhere(
    cards: dict[tuple[str, str, str, str], dict[str, Any]],
) -> None:
    for zone, truth in WORKS_IN_A01.items():
        card = cards["M-TRAIN", "income_per_head", zone, "all"]
        assert card["finding"] == ("raised" if truth else "none_shown"), zone
        assert float(card["effect_low"]) <= truth <= float(card["effect_high"]), zone


def test_the_confounded_and_the_few_are_refused_and_say_why(
    cards: dict[tuple[str, str, str, str], dict[str, Any]],
) -> None:
    assert "pre-trend" in cards["M-LOAN", "income_per_head", "all", "all"]["refused_because"]
    assert "few-treated" in cards["M-WORKSHOP", "income_per_head", "all", "all"]["refused_because"]


def test_no_card_is_of_a_restricted_zone_and_who_had_it_at_another_time_is_on_neither_side(
    models: ModelsAlone, cards: dict[tuple[str, str, str, str], dict[str, Any]]
) -> None:
    assert {zone for _, _, zone, _ in cards} == {"all", "A01", "A02", "outside"}
    assert models.rows(
        "select count(*) from intermediate.int_practice_units as u inner join intermediate.int_delivered_measures as d"
        " using (household_key, measure_code)"
        f" where d.delivered_on < date '{YEAR - 1}-10-01'"
    ) == [(0,)]


def test_who_had_it_and_left_since_is_no_comparison(models: ModelsAlone) -> None:
    """Their years are told, so they would be compared as if they had never had it: the measure goes with them."""
    left = ", ".join(f"'h{n}'" for n in LEFT)
    sides = models.rows(
        "select treated, count(*) filter (where given), count(*) filter (where not given) from ("
        "  select u.treated, v.household_key is not null as given from intermediate.int_practice_units as u"
        "  left join (select distinct household_key, measure_code from intermediate.int_measure_versions"
        "    where delivered_on is not null) as v using (household_key, measure_code)"
        f"  where u.household_key in ({left}) and u.outcome = 'income_per_head') group by treated order by treated"
    )
    (compared, had_it, never), (treated, given, not_given) = sides
    assert (compared, had_it) == (0, 0) and never > 100
    assert (treated, not_given) == (1, 0) and given > 100


def command(models: ModelsAlone, measure: str, year: int, outcome: str) -> dict[tuple[str | None, str | None], Card]:
    """Cards of the command, as it makes them of the published night."""
    settings, published = Settings(home=models.home.root), models.home.published
    published.mkdir(exist_ok=True)
    (published / f"marts-{NIGHT}-1.duckdb").touch()
    (published / "marts.duckdb").unlink(missing_ok=True)
    (published / "marts.duckdb").symlink_to(f"marts-{NIGHT}-1.duckdb")
    found = practice_cards(models.home, settings, measure, year, outcome)
    return {(card.cause, card.zone): card for card in found.cards}


def test_the_command_tells_the_cards_of_the_mart(
    models: ModelsAlone, cards: dict[tuple[str, str, str, str], dict[str, Any]]
) -> None:
    told = command(models, "M-TRAIN", YEAR, "income_per_head")
    mart = {(cause, zone): card for (measure, outcome, zone, cause), card in cards.items()
            if (measure, outcome) == ("M-TRAIN", "income_per_head")}  # fmt: skip
    assert {(cause or "all", zone or "all") for cause, zone in told} == set(mart)
    for (cause, zone), card in told.items():
        row, record = mart[cause or "all", zone or "all"], card.verdict.as_record()
        assert (record["grade"], record["finding"]) == (row["grade"], row["finding"])
        assert (record["treated"], record["comparison_compared"]) == (row["treated"], row["comparison_compared"])
        if record["grade"] != "refused":
            found = [float(row[name]) for name in ("effect", "effect_low", "effect_high")]
            assert found == near([record["effect"], *record["interval"]])


def test_the_command_tells_another_year_than_the_mart(
    models: ModelsAlone, cards: dict[tuple[str, str, str, str], dict[str, Any]]
) -> None:
    """Tourism came the year before the mart's: one deprivation more for each who had safe water, six of seven."""
    assert "M-TOUR" not in {measure for measure, *_ in cards}
    whole = command(models, "M-TOUR", YEAR - 1, "deprivations")[None, None].verdict
    assert whole.finding == "raised"
    low, high = whole.as_record()["interval"]
    assert low <= 6 / 7 <= high
    assert command(models, "M-WORKSHOP", YEAR - 1, "deprivations").keys() == {(None, None)}


def test_who_got_nothing_that_year_has_one_card_that_says_so(
    models: ModelsAlone, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(models, "M-TRAIN", YEAR, "deprivations")
    monkeypatch.setenv("TARGETED_HOME", str(models.home.root))
    told = CliRunner().invoke(app, ["practices", "--measure", "M-PV", "--year", str(YEAR), "--json"])
    assert told.exit_code == 0, told.stderr
    (card,) = json.loads(told.stdout)["cards"]
    assert card["finding"] == "refused" and "effect" not in card
    assert {reason["kind"] for reason in card["reasons"]} >= {"few-treated", "poor-overlap"}


def test_the_criteria_are_those_of_the_quantiles() -> None:
    """The mart's intervals and its test of the pre-trend use Student's quantile 0.975, the seed's."""
    asked = criteria()
    assert (asked.confidence_level, asked.pretrend_level) == (0.95, 0.05)
