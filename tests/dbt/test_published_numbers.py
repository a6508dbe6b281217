"""Published numbers come out of the pipeline's own models; an outside tool agrees with them on random groups."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas
import pytest
from mpitb.core import MPIToolbox

from tests.dbt.models_alone import ModelsAlone

PUBLISHED: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[1] / "fixtures" / "published_examples.json").read_text(encoding="utf-8")
)
INCOMES = {
    "cut_id": "varchar", "household_key": "varchar", "place_code": "varchar", "members": "bigint", "line": "varchar",
    "counted_elsewhere": "bigint",
    "income": "varchar", "income_per_head": "decimal(18,2)", "line_value": "decimal(18,2)",
}  # fmt: skip
DEPRIVATIONS = {
    "cut_id": "varchar", "household_key": "varchar", "place_code": "varchar", "members": "bigint",
    "dimension": "varchar", "deprived": "boolean", "weight": "decimal(18,4)",
}  # fmt: skip
AREAS = {"cut_id": "varchar", "place_code": "varchar", "area_kind": "varchar", "area_code": "varchar"}
STANDARDS = {"cut_id": "varchar", "subject": "varchar", "jurisdiction": "varchar", "value": "decimal(18,4)"}
SAMPLES = {
    "sample_key": "varchar", "county_code": "varchar", "village_code": "varchar", "design_weight": "decimal(12,4)",
    "persons": "bigint", "verified_poor": "boolean", "verified_exit_correct": "boolean", "satisfied": "boolean",
    "on_register": "boolean",
}  # fmt: skip
EVIDENCE = {"cut_id": "varchar", "measured": "varchar", "evidence_key": "varchar", "hit": "boolean"}
SELF_REPORTED = {"county_code": "varchar", "rate": "varchar", "self_reported_rate": "double"}
Household = tuple[str, int, Sequence[bool]]
"""Area, members, deprived by dimension."""


def _areas(models: ModelsAlone, areas: Sequence[str]) -> None:
    rows = [{"cut_id": "night", "place_code": area, "area_kind": "county", "area_code": area} for area in areas]
    models.write("int_place_areas", AREAS, rows)


def _standards(models: ModelsAlone, **values: str) -> None:
    rows = [
        {"cut_id": "night", "subject": subject, "jurisdiction": "CN", "value": Decimal(value)}
        for subject, value in values.items()
    ]
    for table in ("int_cut_standards", "int_standards_in_force"):
        models.write(table, STANDARDS, rows)


def _deprivation_measures(
    models: ModelsAlone, households: Sequence[Household], weights: Mapping[str, str], k: str
) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The measures of int_deprivation_measures by area, weight and dimension."""
    rows = [
        {
            "cut_id": "night", "household_key": f"h{number}", "place_code": area, "members": members,
            "dimension": dimension, "deprived": lacks, "weight": Decimal(weights[dimension]),
        }
        for number, (area, members, deprived) in enumerate(households)
        for dimension, lacks in zip(weights, deprived, strict=True)
    ]  # fmt: skip
    models.write("int_household_deprivations", DEPRIVATIONS, rows)
    _areas(models, sorted({area for area, _, _ in households}))
    _standards(models, alkire_foster_k=k)
    models.run("int_deprivation_scores", "int_deprivation_measures")
    names = ["headcount", "intensity", "adjusted_headcount", "deprived_share", "censored_headcount", "contribution"]
    found = models.rows(
        f"select area_code, weight, dimension, {', '.join(names)} from intermediate.int_deprivation_measures"
    )
    return {
        (area, weight, dimension): dict(zip(names, values, strict=True)) for area, weight, dimension, *values in found
    }


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> ModelsAlone:
    """A warehouse for single models."""
    models = ModelsAlone(tmp_path_factory.mktemp("models"))
    models.seed("student_t_quantiles")
    nothing_taken_back = {"county_code": "450124", "rate": "wrong_exit", "self_reported_rate": 0.0}
    models.write("int_self_reported_rates", SELF_REPORTED, [nothing_taken_back])
    models.write("int_open_cuts", {"cut_id": "varchar", "settled": "boolean"}, [{"cut_id": "night", "settled": False}])
    return models


def test_headcount_gap_severity_and_watts_of_the_handbook(models: ModelsAlone) -> None:
    handbook = PUBLISHED["handbook"]
    rows = [
        {
            "cut_id": "night", "household_key": f"h{example}-{number}", "place_code": f"example {example}",
            "members": 1, "line": "poverty_line", "income": "after_assistance", "income_per_head": income,
            "line_value": handbook["line"],
        }
        for example, told in enumerate(handbook["examples"])
        for number, income in enumerate(told["incomes"])
    ]  # fmt: skip
    models.write("int_poverty_inputs", INCOMES, rows)
    _areas(models, [f"example {example}" for example in range(len(handbook["examples"]))])
    _standards(models, watts_income_floor="1")
    models.run("int_poverty_measures")
    for weight in ("households", "persons"):
        found = models.rows(
            "select headcount, gap, severity, watts from intermediate.int_poverty_measures"
            f" where weight = '{weight}' order by area_code"
        )
        for told, (headcount, gap, severity, watts) in zip(handbook["examples"], found, strict=True):
            assert headcount == pytest.approx(told["headcount"], abs=1e-12)
            assert gap == pytest.approx(told["gap"], abs=1e-12)
            assert severity == pytest.approx(told["severity"], abs=1e-12)
            assert round(watts, 4) == told["watts"], "the Handbook prints four digits"


@pytest.mark.parametrize("k", sorted(PUBLISHED["alkire_foster"]["by_k"]))
def test_alkire_and_fosters_illustration(models: ModelsAlone, k: str) -> None:
    """Adjusted gap and severity (M1, M2) need achievements; the pipeline's conditions are met or not met."""
    told = PUBLISHED["alkire_foster"]
    households = [
        ("a", 1, [value < cutoff for value, cutoff in zip(person, told["cutoffs"], strict=True)])
        for person in told["achievements"]
    ]
    dimensions = {f"d{number}": "1" for number in range(len(told["cutoffs"]))}
    found = _deprivation_measures(models, households, dimensions, k)
    expected = told["by_k"][k]
    whole = found["a", "households", "all"]
    for name in ("headcount", "intensity", "adjusted_headcount"):
        assert whole[name] == pytest.approx(expected[name], abs=1e-12)
    censored = [found["a", "households", dimension]["censored_headcount"] for dimension in dimensions]
    assert censored == pytest.approx(expected["censored"], abs=1e-12)
    contributions = sum(found["a", "households", dimension]["contribution"] for dimension in dimensions)
    assert contributions == pytest.approx(1, abs=1e-12)


#: Indicators nested in three dimensions that weigh the same: of a dimension's 1/3, each indicator has its part.
NESTED = {"health": ["nutrition", "mortality"], "schooling": ["years", "attendance", "stage"], "living": list("abcdef")}
GROUPS = [f"group {number:02d}" for number in range(24)]


def _random_households(indicators: int) -> list[Household]:
    """Groups of 5 to 60 households, each group with its own level of deprivation."""
    draw = random.Random(832)  # noqa: S311 a test's repeatable draw
    return [
        (group, draw.randint(1, 9), [draw.random() < level for _ in range(indicators)])
        for group in GROUPS
        for level in (draw.uniform(0.15, 0.7),)
        for _ in range(draw.randint(5, 60))
    ]


def test_an_outside_tool_agrees_on_random_groups(models: ModelsAlone) -> None:
    """Both weights, nested weights (18ths), a cut-off that no sum of weights meets exactly."""
    names = [name for indicators in NESTED.values() for name in indicators]
    weights = {name: str(6 // len(indicators)) for indicators in NESTED.values() for name in indicators}
    households = _random_households(len(names))
    ours = _deprivation_measures(models, households, weights, "6.5")

    table = pandas.DataFrame(
        [
            {"group": group, "members": members, **dict(zip(names, map(int, lacks), strict=True))}
            for group, members, lacks in households
        ]
    )
    compared = 0
    for weight, surveyed in (("households", False), ("persons", True)):
        tool = MPIToolbox()
        tool.svyset(weight="members")
        tool.set(name="nested", dimensions=[(indicators, name) for name, indicators in NESTED.items()])
        for group, rows in table.groupby("group"):
            told = tool.est(rows.copy(), "nested", klist=[100 * 6.5 / 18], weights="equal", svy=surveyed)
            whole = {row["measure"]: row["b"] for row in told if "indicator" not in row}
            mine = ours[str(group), weight, "all"]
            pairs = [(mine["headcount"], whole["H"]), (mine["intensity"], whole["A"])]
            pairs.append((mine["adjusted_headcount"], whole["M0"]))
            by_indicator = {(row["indicator"], row["measure"]): row["b"] for row in told if "indicator" in row}
            for name in names:
                mine = ours[str(group), weight, name]
                pairs.append((mine["deprived_share"], by_indicator[name, "hd"]))
                pairs.append((mine["censored_headcount"], by_indicator[name, "hdk"]))
                pairs.append((mine["contribution"], by_indicator[name, "pctb"]))
            for own, outside in pairs:
                assert own == pytest.approx(outside, abs=1e-12), (group, weight)
                compared += 1
    assert compared == len(GROUPS) * 2 * (3 + 3 * len(names))


def test_at_the_exact_boundary_the_exact_answer_is_ours(models: ModelsAlone) -> None:
    """0.7 + 0.1 reaches 0.8. The outside tool adds binary fractions, falls short of it and loses the household."""
    weights = {"d1": "0.7", "d2": "0.1", "d3": "0.2"}
    found = _deprivation_measures(models, [("a", 1, [True, True, False]), ("a", 1, [False] * 3)], weights, "0.8")
    assert found["a", "households", "all"]["headcount"] == pytest.approx(0.5, abs=1e-12)

    tool = MPIToolbox()
    tool.set(name="flat", dimensions=[(list(weights), "all")])
    table = pandas.DataFrame([{"d1": 1, "d2": 1, "d3": 0}, {"d1": 0, "d2": 0, "d3": 0}])
    floats = {name: float(weight) for name, weight in weights.items()}
    told = tool.est(table, "flat", klist=[80], weights=floats, indmeasures=[], aux=[])
    assert next(row["b"] for row in told if row["measure"] == "H") == 0, "the outside tool has mended this: say so"


def test_income_exactly_on_the_line_is_not_poor(models: ModelsAlone) -> None:
    """Incomes and lines are decimals: a fen decides, and the line itself is not below the line."""
    rows = [
        {
            "cut_id": "night", "household_key": key, "place_code": "a", "members": 3, "line": "poverty_line",
            "income": "after_assistance", "income_per_head": Decimal(income), "line_value": Decimal("4000.10"),
        }
        for key, income in (("on the line", "4000.10"), ("a fen below", "4000.09"), ("a fen above", "4000.11"))
    ]  # fmt: skip
    models.write("int_poverty_inputs", INCOMES, rows)
    _areas(models, ["a"])
    _standards(models, watts_income_floor="1")
    models.run("int_poverty_measures")
    found = models.rows("select weight, below_line from intermediate.int_poverty_measures order by weight")
    assert found == [("households", 1), ("persons", 3)]


def _sample(county: str, persons: int, **values: Any) -> dict[str, Any]:
    usual = {"village_code": "v", "design_weight": 1, "registered": True, "verified_poor": False}
    return {"county_code": county, "persons": persons, **usual, **values}


def _rates(models: ModelsAlone, samples: Sequence[Mapping[str, Any]]) -> None:
    """Samples of households, registered when they were met or not: an omission is one that was not."""
    rows = [{**sample, "sample_key": f"a-{number}"} for number, sample in enumerate(samples)]
    omission = {"cut_id": "night", "measured": "omission"}
    evidence = [
        {**omission, "evidence_key": row["sample_key"], "hit": row["verified_poor"]}
        for row in rows
        if not row["registered"]
    ]
    models.write("int_verified_households", SAMPLES, rows)
    models.write("int_sample_evidence", EVIDENCE, evidence)
    _standards(models, exit_criterion_county_wrong_exit_rate="0.02", exit_criterion_county_omission_rate="0.02")
    models.run("int_verified_rates", "responsibility__verified_rates", "responsibility__county_exit_checks")


def test_the_recheck_of_mashan(models: ModelsAlone) -> None:
    """Of 608 households with 2,272 persons, 13 with 41 had not truly exited: 1.80 per cent, below the limit of 2."""
    told = PUBLISHED["mashan_recheck"]
    wrong, right = told["not_exited_households"], told["households"] - told["not_exited_households"]

    def shared(persons: int, households: int) -> list[int]:
        each, over = divmod(persons, households)
        return [each + (number < over) for number in range(households)]

    sizes = [
        *((size, False) for size in shared(told["not_exited_persons"], wrong)),
        *((size, True) for size in shared(told["persons"] - told["not_exited_persons"], right)),
    ]
    _rates(models, [_sample("450124", size, verified_exit_correct=correct) for size, correct in sizes])
    columns = "sampled_households, hits, weighted_rate, self_reported_rate, rate_low"
    rate = f"select {columns} from responsibility.verified_rates where rate = 'wrong_exit'"
    share = round(Decimal(told["not_exited_persons"]) / told["persons"], 6)
    one_village = None  # households of this recheck are not told apart by village: no interval
    assert models.rows(rate) == [(told["households"], wrong, share, 0, one_village)]
    assert models.rows("select wrong_exit_within_limit, omissions from responsibility.county_exit_checks") == [
        (True, None)
    ]


def test_the_county_check_of_2018(models: ModelsAlone) -> None:
    """283 counties: 245 without a wrong exit, 256 without an omission, 230 without either."""
    told = PUBLISHED["county_check_2018"]
    wrong, omitted = told["counties"] - told["no_wrong_exit"], told["counties"] - told["no_omission"]
    either = told["counties"] - told["neither"]
    samples = []
    for number in range(told["counties"]):
        county = f"{number:06d}"
        samples.append(_sample(county, 4, verified_exit_correct=number >= wrong))
        omission = either - omitted <= number < either  # those with both are where the two ranges overlap
        samples.append(_sample(county, 4, registered=False, verified_poor=omission))
    _rates(models, samples)
    counted = """
        select
            count(*), count(*) filter (where wrong_exits = 0), count(*) filter (where omissions = 0),
            count(*) filter (where neither_found)
        from responsibility.county_exit_checks
    """
    assert models.rows(counted) == [(told["counties"], told["no_wrong_exit"], told["no_omission"], told["neither"])]


def test_inclusion_and_exclusion_errors_have_their_own_denominators(models: ModelsAlone) -> None:
    told = PUBLISHED["targeting"]
    kinds = [
        (told["poor_registered"], True, True),
        (told["poor_unregistered"], False, True),
        (told["not_poor_registered"], True, False),
        (told["not_poor_unregistered"], False, False),
    ]
    _rates(
        models,
        [_sample("c", 1, registered=r, on_register=r, verified_poor=p) for count, r, p in kinds for _ in range(count)],
    )
    found = dict(models.rows("select rate, weighted_rate from responsibility.verified_rates"))
    assert float(found["inclusion_error"]) == told["inclusion_error"]
    assert float(found["exclusion_error"]) == told["exclusion_error"]
