"""Intervals of verified rates: an outside tool agrees, and they cover what they promise, in villages too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from include.duck import connect
from include.settings import Settings
from include.warehouse.sources import PROJECT
from tests.dbt.models_alone import ModelsAlone

PUBLISHED: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[1] / "fixtures" / "published_examples.json").read_text(encoding="utf-8")
)
CONFIDENCE = 0.95


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> ModelsAlone:
    """A warehouse for single models."""
    models = ModelsAlone(tmp_path_factory.mktemp("intervals"))
    models.seed("student_t_quantiles")
    return models


def _satisfaction(models: ModelsAlone, samples: pandas.DataFrame) -> pandas.DataFrame:
    """Rates of satisfaction by county; `samples` has county_code, village_code, design_weight and satisfied."""
    with connect(Settings(home=models.home.root), models.home.warehouse) as connection:
        connection.register("samples", samples)
        connection.execute("create schema if not exists intermediate")
        connection.execute(
            """
            create or replace table intermediate.int_sample_evidence
                (cut_id varchar, measured varchar, evidence_key varchar, hit boolean);
            create or replace table intermediate.int_verified_households as
            select cast(row_number() over () as varchar) as sample_key,
                cast(county_code as varchar) as county_code, cast(village_code as varchar) as village_code,
                cast(design_weight as decimal(12, 4)) as design_weight, 1 as persons, false as verified_poor,
                cast(null as boolean) as verified_exit_correct, satisfied, false as on_register
            from samples
            """
        )
    models.run("int_verified_rates")
    with connect(Settings(home=models.home.root), models.home.warehouse, read_only=True) as connection:
        query = "select * from intermediate.int_verified_rates where rate = 'satisfaction' order by county_code"
        return connection.execute(query).df()


def _simple(counted: list[tuple[int, int]]) -> pandas.DataFrame:
    """Simple random samples: of each county hits among n households, each household in a village of its own."""
    rows = [
        {
            "county_code": f"{county:06d}",
            "village_code": f"{household}",
            "design_weight": 1,
            "satisfied": household < hits,
        }
        for county, (hits, n) in enumerate(counted)
        for household in range(n)
    ]
    return pandas.DataFrame(rows)


def test_a_rate_that_is_just_a_limit_comes_out_as_it(models: ModelsAlone) -> None:
    """One of fifty villages is two per cent at any weight: sums of inexact weights would be above it or below."""
    weights = (0.3, 0.7, 1.1, 1.7, 2.3, 3.3, 7.7, 12.1)
    samples = [_simple([(1, 50)]).assign(county_code=f"{at:06d}", design_weight=w) for at, w in enumerate(weights)]
    assert set(_satisfaction(models, pandas.concat(samples))["weighted_rate"]) == {0.02}


def test_statsmodels_agrees_on_simple_random_samples(models: ModelsAlone) -> None:
    """With the recheck of Mashan (13 of 608) and the checks of 283 counties (245, 256 and 230 of them) among them."""
    mashan, check = PUBLISHED["mashan_recheck"], PUBLISHED["county_check_2018"]
    counted = [(mashan["not_exited_households"], mashan["households"])]
    counted += [(check[name], check["counties"]) for name in ("no_wrong_exit", "no_omission", "neither")]
    counted += [(hits, n) for n in (2, 3, 7, 30, 96, 200, 400) for hits in sorted({0, 1, n // 3, n // 2, n - 1, n})]
    found = _satisfaction(models, _simple(counted))
    for (hits, n), low, high in zip(counted, found["rate_low"], found["rate_high"], strict=True):
        assert (low, high) == pytest.approx(proportion_confint(hits, n, 1 - CONFIDENCE, "wilson"), abs=1e-9), (hits, n)
    assert [round(found[end][0], 4) for end in ("rate_low", "rate_high")] == [0.0125, 0.0362]


def test_a_simple_random_sample_is_covered(models: ModelsAlone) -> None:
    """Exact: over true rates of 1 to 99 per cent, the chance of each outcome whose interval has the rate."""
    n = 60
    found = _satisfaction(models, _simple([(hits, n) for hits in range(n + 1)]))
    truths = np.linspace(0.01, 0.99, 197)
    chances = stats.binom.pmf(np.arange(n + 1)[:, None], n, truths[None, :])
    inside = (found["rate_low"].to_numpy()[:, None] <= truths) & (truths <= found["rate_high"].to_numpy()[:, None])
    coverage = (chances * inside).sum(axis=0)
    assert coverage.mean() == pytest.approx(CONFIDENCE, abs=0.01)
    assert coverage.min() > 0.88


def test_samples_of_few_villages_are_covered_and_the_plain_interval_is_not(models: ModelsAlone) -> None:
    """Simulated: ten villages of eight households that think alike, unequal weights, 600 counties."""
    draw = np.random.default_rng(283)
    counties, villages, households, truth, alike = 600, 10, 8, 0.85, 0.15
    spread = (1 - alike) / alike
    village_rates = draw.beta(truth * spread, (1 - truth) * spread, (counties, villages))
    satisfied = draw.random((counties, villages, households)) < village_rates[:, :, None]
    weights = np.broadcast_to(draw.uniform(1, 3, (counties, villages))[:, :, None], satisfied.shape)
    county, village, _ = np.indices(satisfied.shape)
    found = _satisfaction(
        models,
        pandas.DataFrame(
            {
                "county_code": county.ravel() + 100000,
                "village_code": village.ravel(),
                "design_weight": weights.ravel().round(4),
                "satisfied": satisfied.ravel(),
            }
        ),
    )
    covered = ((found["rate_low"] <= truth) & (truth <= found["rate_high"])).mean()
    low, high = proportion_confint(found["hits"], found["sampled_households"], 1 - CONFIDENCE, "wilson")
    plain = ((low <= truth) & (truth <= high)).mean()
    assert 0.93 <= covered <= 0.99
    assert plain < 0.88, "the plain interval would do: the design effect earns nothing here"


def test_one_village_says_nothing_of_the_others(models: ModelsAlone) -> None:
    sample = pandas.DataFrame(
        {"county_code": "c", "village_code": "v", "design_weight": 1, "satisfied": [True, True, False, True]}
    )
    found = _satisfaction(models, sample)
    assert found["weighted_rate"].tolist() == [0.75]
    assert found[["rate_low", "rate_high", "effective_size"]].isna().all(axis=None)


def test_the_seeds_quantiles_are_students() -> None:
    seed = pandas.read_csv(PROJECT / "seeds" / "student_t_quantiles.csv")
    assert seed["degrees_of_freedom"].tolist() == list(range(1, 201))
    expected = stats.t.ppf((1 + CONFIDENCE) / 2, seed["degrees_of_freedom"])
    assert seed["quantile"].to_numpy() == pytest.approx(expected, abs=1e-11)
