"""A version of an indicator that was used keeps its hash; what changes points changes it, and nothing else does."""

from __future__ import annotations

import duckdb
import pytest

from tests.dbt.models_alone import ModelsAlone

HASHES = "select indicator_id, formula_hash from responsibility.indicators"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> ModelsAlone:
    """The mart of indicators on the seeds as they are."""
    models = ModelsAlone(tmp_path_factory.mktemp("formulas"))
    models.seed("evaluation_indicators", "evaluation_bands")
    models.run("responsibility__indicators")
    return models


def _changed(models: ModelsAlone, *edits: str) -> set[str]:
    """Indicators whose hash is another one after an edit of the seeds' tables; the edit is undone."""
    compiled = next((models.home.warehouse.parent / "dbt-target" / "compiled").rglob("responsibility__indicators.sql"))
    query = compiled.read_text(encoding="utf-8")
    with duckdb.connect(str(models.home.warehouse)) as connection:
        before = dict(connection.execute(HASHES).fetchall())
        connection.begin()
        for edit in edits:
            connection.execute(edit)
        after = dict(connection.execute(f"select indicator_id, formula_hash from ({query})").fetchall())
        connection.rollback()
    return {name for name in before | after if before.get(name) != after.get(name)}


def test_each_version_has_a_hash_of_its_own(models: ModelsAlone) -> None:
    found = models.rows(HASHES)
    assert len({value for _, value in found}) == len(found) > 30
    assert _changed(models, "select 1") == set()


@pytest.mark.parametrize(
    "edit",
    [
        "set weight = weight + 1", "set target = 0.95", "set floor = 0.5", "set shape = 'veto'",
        "set direction = 'lower'", "set measured = 'wrong_exit'", "set status = 'retired'",
        "set valid_from = date '2015-01-01'", "set level = 'province'",
    ],
)  # fmt: skip
def test_what_decides_points_changes_the_hash(models: ModelsAlone, edit: str) -> None:
    where = "where indicator_id = 'county.satisfaction'"
    assert _changed(models, f"update seeds.evaluation_indicators {edit} {where}") == {"county.satisfaction"}


def test_a_band_is_part_of_the_formula(models: ModelsAlone) -> None:
    where = "where indicator_id = 'county.disbursement_delay' and above = 1"
    assert _changed(models, f"update seeds.evaluation_bands set points_to = 7 {where}") == {"county.disbursement_delay"}


def test_a_better_source_or_name_and_an_end_are_no_other_formula(models: ModelsAlone) -> None:
    edit = "update seeds.evaluation_indicators set source = 'seen', name_en = 'better', valid_to = date '2030-12-31'"
    assert _changed(models, edit) == set()
