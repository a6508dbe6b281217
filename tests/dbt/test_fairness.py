"""Groups compared: outside tools agree on every figure, equals are left in peace, and a group left out is found."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas
import pytest
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest

from include.duck import connect
from include.settings import Settings
from tests.dbt.models_alone import ModelsAlone

FALSE_DISCOVERIES = 0.05
GROUPS = ("headed_by_woman", "disabled_member", "older_alone", "with_children", "remote_village")
OUTCOMES = ("holding", "exit", "exit_lacking", "offer", "service")
COUNTS = {
    "county_code": "varchar", "place_code": "varchar", "outcome": "varchar", "characteristic": "varchar",
    "side": "varchar", "households": "bigint", "hits": "bigint", "weight": "decimal(18,4)",
    "weight_squares": "decimal(38,8)", "hit_weight": "decimal(18,4)",
}  # fmt: skip


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> ModelsAlone:
    """A warehouse for single models, with the standards that the comparisons ask for."""
    models = ModelsAlone(tmp_path_factory.mktemp("fairness"))
    models.seed("student_t_quantiles")
    models.write(
        "int_standards_in_force",
        {"subject": "varchar", "jurisdiction": "varchar", "value": "decimal(18,4)"},
        [
            {"subject": "suppression_min_cell", "jurisdiction": "CN", "value": Decimal(10)},
            {"subject": "fairness_false_discovery_rate", "jurisdiction": "CN", "value": Decimal("0.05")},
        ],
    )
    return models


def _put(models: ModelsAlone, table: str, types: dict[str, str], rows: pandas.DataFrame) -> None:
    """Write many rows as an intermediate table."""
    typed = ", ".join(f"cast({name} as {type_}) as {name}" for name, type_ in types.items())
    with connect(Settings(home=models.home.root), models.home.warehouse) as connection:
        connection.register("given", rows)
        connection.execute("create schema if not exists intermediate")
        connection.execute(f"create or replace table intermediate.{table} as select {typed} from given")


def _compared(models: ModelsAlone, counts: pandas.DataFrame) -> pandas.DataFrame:
    """What int_fairness_comparisons makes of households and hits of villages."""
    weights = counts.assign(weight=counts["households"], weight_squares=counts["households"], hit_weight=counts["hits"])
    _put(models, "int_fairness_counts", COUNTS, weights)
    models.run("int_fairness_rates", "int_fairness_comparisons")
    return _table(models, "intermediate.int_fairness_comparisons")


def _table(models: ModelsAlone, table: str) -> pandas.DataFrame:
    with connect(Settings(home=models.home.root), models.home.warehouse, read_only=True) as connection:
        keys = "area_kind, area_code, outcome, characteristic"
        return connection.execute(f"select * from {table} order by {keys}").df()


def _simple(pairs: Sequence[tuple[int, int, int, int]]) -> pandas.DataFrame:
    """Of each county hits and households of the group and of the others, each household in a village of its own."""
    rows = [
        {
            "county_code": f"51{county:04d}", "place_code": f"{county}-{side}-{household}", "outcome": "holding",
            "characteristic": "older_alone", "side": side, "households": 1, "hits": int(household < hits),
        }
        for county, (group_hits, group, other_hits, others) in enumerate(pairs)
        for side, hits, n in (("group", group_hits, group), ("other", other_hits, others))
        for household in range(n)
    ]  # fmt: skip
    return pandas.DataFrame(rows)


PAIRS = [
    (56, 70, 48, 80), (9, 10, 3, 10), (10, 10, 0, 20), (0, 10, 0, 10), (12, 12, 12, 12), (5, 56, 0, 29),
    (30, 60, 30, 60), (40, 100, 70, 100), (3, 40, 21, 60), (1, 10, 199, 200), (150, 300, 120, 300), (35, 60, 24, 60),
    *[(20 + more, 60, 22, 60) for more in range(8)],
]  # fmt: skip
"""The first and the sixth are cases (a) and (e) of Newcombe's table (1998)."""


def test_statsmodels_agrees_on_simple_random_samples(models: ModelsAlone) -> None:
    """Each side with Wilson's interval, the difference with Newcombe's, the chance by the score test, the procedure."""
    found = _compared(models, _simple(PAIRS)).query("area_kind == 'county'").reset_index(drop=True)
    assert len(found) == len(PAIRS)
    chances = []
    for (hits, n, other_hits, others), row in zip(PAIRS, found.itertuples(), strict=True):
        told: Any = row
        expected = confint_proportions_2indep(hits, n, other_hits, others, method="newcomb", compare="diff")
        assert (told.difference_low, told.difference_high) == pytest.approx(expected, abs=1e-9)
        assert (told.group_low, told.group_high) == pytest.approx(proportion_confint(hits, n, 0.05, "wilson"), abs=1e-9)
        apart = expected[0] > 0 or expected[1] < 0
        assert told.excludes_zero == apart
        chance = proportions_ztest([hits, other_hits], [n, others])[1] if 0 < hits + other_hits < n + others else 1.0
        chances.append(chance if apart else 1.0)
        if apart and chance <= FALSE_DISCOVERIES:
            assert told.chance == pytest.approx(chance, rel=1e-4)
    asked = multipletests(chances, FALSE_DISCOVERIES, "fdr_bh")[0]
    assert found["asked"].tolist() == asked.tolist()
    assert 0 < asked.sum() < found["excludes_zero"].sum() < len(PAIRS), "the pairs tell the three apart"
    published = found.iloc[0]  # 56 of 70 less 48 of 80, method 10
    assert (round(published["difference_low"], 4), round(published["difference_high"], 4)) == (0.0524, 0.3339)


def test_equals_are_not_asked_about_beyond_chance(models: ModelsAlone) -> None:
    """Three hundred counties whose villages differ and whose groups do not: one interval in twenty excludes zero."""
    draw = np.random.default_rng(1998)
    counties, villages = 300, 15
    village_rates = draw.beta(0.3 * 9, 0.7 * 9, (counties, villages, 1))
    households = np.broadcast_to(np.array([4, 9]), (counties, villages, 2))
    hits = draw.binomial(households, village_rates)
    county, village, side = np.indices(hits.shape)
    found = _compared(
        models,
        pandas.DataFrame(
            {
                "county_code": (county.ravel() + 510000).astype(str),
                "place_code": [f"{c}-{v}" for c, v in zip(county.ravel(), village.ravel(), strict=True)],
                "outcome": "service", "characteristic": "headed_by_woman",
                "side": np.where(side.ravel() == 0, "group", "other"),
                "households": households.ravel(), "hits": hits.ravel(),
            }
        ),
    )  # fmt: skip
    of_counties = found.query("area_kind == 'county'")
    assert of_counties["compared"].all()
    assert of_counties["comparisons"].eq(counties).all()
    assert 0 < of_counties["excludes_zero"].mean() <= 0.05
    assert not found["asked"].any()


def _by_whole_village(rates: npt.NDArray[np.float64], households: int) -> pandas.DataFrame:
    """Counties by villages, every other one remote; in each all households have the outcome, or none, by its rate."""
    county, village = np.indices(rates.shape)
    hit = np.random.default_rng(1927).random(rates.shape) < rates
    return pandas.DataFrame(
        {
            "county_code": (county.ravel() + 510000).astype(str),
            "place_code": [f"{c}-{v}" for c, v in zip(county.ravel(), village.ravel(), strict=True)],
            "outcome": "service", "characteristic": "remote_village",
            "side": np.where(village.ravel() % 2 == 1, "group", "other"),
            "households": households, "hits": hit.ravel() * households,
        }
    )  # fmt: skip


def test_a_side_that_does_not_vary_is_no_surer_than_the_other(models: ModelsAlone) -> None:
    """Ten remote villages at 0, one of ten others at 100 per cent: one village differs, not forty households."""
    rates = np.zeros((1, 20))
    rates[0, 0] = 1.0
    county = _compared(models, _by_whole_village(rates, 40)).query("area_kind == 'county'").iloc[0]
    assert (county["group_share"], county["other_share"]) == (0.0, 0.1)
    assert county["group_effective_size"] == pytest.approx(county["other_effective_size"])
    assert 5 < county["group_effective_size"] < 10, "about ten villages, less what estimating from ten costs"
    expected = proportion_confint(0, county["group_effective_size"], 0.05, "wilson")
    assert (county["group_low"], county["group_high"]) == pytest.approx(expected, abs=1e-9)
    assert not county["excludes_zero"]
    assert not county["asked"]


@pytest.mark.parametrize(("villages", "rate"), [(20, 0.05), (20, 0.3), (6, 0.5)])
def test_villages_that_are_wholly_alike_are_not_asked_about(models: ModelsAlone, villages: int, rate: float) -> None:
    """Groups that lie in different villages, whose outcome falls by whole village and by chance alone."""
    found = _compared(models, _by_whole_village(np.full((300, villages), rate), 40))
    of_counties = found.query("area_kind == 'county'")
    assert of_counties["compared"].all()
    assert (of_counties["difference"] != 0).mean() > 0.3
    assert of_counties["excludes_zero"].mean() <= 0.05
    assert not found["asked"].any()


def test_remote_villages_that_differ_as_a_whole_are_asked_about(models: ModelsAlone) -> None:
    """All of ten remote villages without service, all of ten others with it: chance does not sort villages so."""
    rates = np.full((300, 20), 0.3)
    rates[:3] = np.arange(20) % 2 == 0
    found = _compared(models, _by_whole_village(rates, 40)).query("area_kind == 'county'")
    assert found["asked"].tolist() == [True] * 3 + [False] * 297


def _drawn(models: ModelsAlone) -> pandas.DataFrame:
    """The mart of two provinces, in each two counties of forty villages.

    All groups are alike, but in the first province women's households that assessors found poor are on the register
    less often: 60 of a hundred, others 85.
    """
    draw = np.random.default_rng(7)
    villages, per_village = 160, 25
    n = villages * per_village
    place = np.repeat(np.arange(villages), per_village)
    county = np.array(["513431", "513432", "520201", "520203"])[place // 40]
    code = [f"{c}{v:06d}" for c, v in zip(county, place, strict=True)]
    groups = {name: draw.random(n) < share for name, share in zip(GROUPS[:4], (0.25, 0.15, 0.2, 0.4), strict=True)}
    remote = pandas.DataFrame({"village_code": sorted(set(code)), "remote": np.arange(villages) % 2 == 0})
    key = [f"h{i}" for i in range(n)]
    outcomes = {name: draw.random(n) < 0.3 for name in OUTCOMES}
    _put(
        models,
        "int_household_outcomes",
        {"household_key": "varchar", "county_code": "varchar", "place_code": "varchar"}
        | dict.fromkeys(OUTCOMES, "boolean"),
        pandas.DataFrame({"household_key": key, "county_code": county, "place_code": code, **outcomes}),
    )
    _put(
        models,
        "int_household_groups",
        {"household_key": "varchar"} | dict.fromkeys(GROUPS, "boolean"),
        pandas.DataFrame({"household_key": key, **groups, "remote_village": place % 2 == 0}),
    )
    _put(models, "int_remote_villages", {"village_code": "varchar", "remote": "boolean"}, remote)
    women = groups["headed_by_woman"]
    left_out = women & (place < villages // 2)
    samples = pandas.DataFrame(
        {
            "county_code": county, "village_code": code, "design_weight": 1 + place % 3, "persons": 3,
            "verified_poor": draw.random(n) < 0.6, "head_sex": np.where(women, "2", "1"),
            "on_register": draw.random(n) < np.where(left_out, 0.6, 0.85),
            "disabled": groups["disabled_member"].astype(int), "elderly": np.where(groups["older_alone"], 3, 1),
            "children": groups["with_children"].astype(int),
        }
    )  # fmt: skip
    types = {"county_code": "varchar", "village_code": "varchar", "design_weight": "decimal(12,4)"}
    types |= dict.fromkeys(("persons", "disabled", "elderly", "children"), "bigint")
    types |= {"verified_poor": "boolean", "head_sex": "varchar", "on_register": "boolean"}
    _put(models, "int_verified_households", types, samples)
    models.run(
        "int_fairness_counts", "int_fairness_rates", "int_fairness_comparisons", "household__fairness_comparisons"
    )
    return _table(models, "household.fairness_comparisons")


def test_women_who_are_left_out_are_found_and_equals_no_more_than_by_chance(models: ModelsAlone) -> None:
    found = _drawn(models)
    assert len(found) == (1 + 2 + 4) * 6 * 5, "nation, provinces and counties, by outcome and group"
    assert found["difference"].notna().all()
    of_women = (found["outcome"] == "identification") & (found["characteristic"] == "headed_by_woman")
    planted = of_women & found["area_code"].isin(["CN", "51", "513431", "513432"])
    assert planted.sum() == 4
    assert found.loc[planted, "asked"].all()
    assert found.loc[~planted, "asked"].mean() <= 0.02
    assert 0 < found.loc[~planted, "excludes_zero"].mean() <= 0.08
    assert not found.loc[of_women & found["area_code"].str.startswith("52"), "asked"].any()
    province = found[planted & (found["area_code"] == "51")].iloc[0]
    assert province["difference"] == pytest.approx(-0.25, abs=0.06)
    assert province["difference_low"] < -0.25 < province["difference_high"] < 0
    assert province["group_effective_size"] < province["group_households"], "unequal weights tell less"
    assert province["denominator"] == "verified_poor"
    assert province["question_zh"].startswith("女性为户主的家庭：核查为贫困而已建档的比例低于其他家庭")
    assert province["question_en"].startswith("Households headed by a woman are less often on the register when an ")
    assert found.query("not asked")[["question_zh", "question_en"]].isna().all(axis=None)
