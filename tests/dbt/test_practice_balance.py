"""A card whose treated households are all alike at the baseline: no number says how far the comparison is from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from include.seeds import SEEDS
from tests.dbt.models_alone import ModelsAlone
from tests.dbt.test_practices import national_standards

ESTIMATES = {
    "measure_code": "varchar", "outcome": "varchar", "card_zone": "varchar", "card_cause": "varchar",
    "treated": "bigint", "treated_compared": "bigint", "comparison_compared": "bigint", "villages": "bigint",
    "overlap": "double", "x_difference": "double", "baseline_deviation": "double", "effect": "double",
    "effect_error": "double", "pretrend": "double", "pretrend_error": "double", "cost_per_household": "double",
}  # fmt: skip
SOUND: dict[str, Any] = {
    "outcome": "income_per_head", "treated": 900, "treated_compared": 900, "comparison_compared": 900, "villages": 90,
    "overlap": 1.0, "effect": 500.0, "effect_error": 10.0, "pretrend": 0.0, "pretrend_error": 1.0,
    "cost_per_household": 1000.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> ModelsAlone:
    models = ModelsAlone(tmp_path_factory.mktemp("balance"))
    alike = {"M-TRAIN": (40.0, 0.0), "M-LOAN": (40.0, None), "M-IND": (0.0, 0.0), "M-TOUR": (4.0, 100.0)}
    models.write(
        "int_practice_estimates",
        ESTIMATES,
        [
            SOUND | {"measure_code": measure, "x_difference": apart, "baseline_deviation": deviation}
            for measure, (apart, deviation) in alike.items()
        ],
    )
    models.write(
        "int_practice_deliveries",
        {"measure_code": "varchar", "income_year": "integer", "in_year": "boolean"},
        [{"measure_code": measure, "income_year": 2026, "in_year": True} for measure in alike],
    )
    models.write(
        "int_standards_in_force",
        {"subject": "varchar", "jurisdiction": "varchar", "value": "double"},
        [dict(zip(("subject", "jurisdiction", "value"), row, strict=True)) for row in national_standards()],
    )
    with duckdb.connect(str(models.home.warehouse)) as warehouse:
        warehouse.execute("create schema seeds")
        for seed in ("student_t_quantiles", "measures"):
            warehouse.execute(f"create table seeds.{seed} as from read_csv('{Path(SEEDS, seed)}.csv', header = true)")
    models.run("zone__practices")
    return models


@pytest.mark.parametrize(
    ("measure", "refused_because", "imbalance"),
    [
        ("M-TRAIN", "poor-balance", None),
        ("M-LOAN", "poor-balance", None),
        ("M-IND", None, 0.0),
        ("M-TOUR", None, 0.04),
    ],
)
def test_a_baseline_without_deviation_is_balanced_only_when_nothing_differs(
    models: ModelsAlone, measure: str, refused_because: str | None, imbalance: float | None
) -> None:
    ((why, told),) = models.rows(
        "select refused_because, baseline_imbalance from zone.practices"
        f" where outcome = 'income_per_head' and measure_code = '{measure}'"
    )
    assert why == refused_because
    assert told == imbalance if imbalance is None else float(told) == pytest.approx(imbalance)
