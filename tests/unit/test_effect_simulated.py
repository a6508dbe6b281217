"""Planted effects over 20 seeds: intervals cover the truth, nothing is sold as an effect, the confounded is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from include.evidence.effect import effect
from include.evidence.judge import Verdict
from include.evidence.question import Question
from include.settings import Settings
from tests.unit.simulated_measures import ZONES, Planted, households

SEEDS = range(20)
ASKED = Question("treated", "after", before="before", earlier="earlier", strata=("zone", "cause"), cost="cost")


def verdicts(planted: Planted, folder: Path, by: str | None = None) -> Iterator[tuple[Verdict, dict[str, Verdict]]]:
    settings = Settings(home=folder)
    for seed in SEEDS:
        answer = effect(settings, households(seed, planted, folder), ASKED, by=by)
        yield answer.whole, dict(answer.parts)


def covers(verdict: Verdict, truth: float) -> bool:
    low, high = verdict.as_record()["interval"]
    return low <= truth <= high


def told(verdict: Verdict) -> bool:
    return verdict.grade != "refused"


def test_intervals_cover_the_truth_and_a_zero_is_not_sold_as_an_effect(tmp_path: Path) -> None:
    """Positive, zero, and one that works in one zone alone, which is told by zone."""
    covered: list[bool] = []
    sold: list[bool] = []
    found: list[bool] = []
    for truth in (0.0, 500.0):
        for whole, _ in verdicts(Planted((truth,) * 3), tmp_path):
            if told(whole):
                covered.append(covers(whole, truth))
                (found if truth else sold).append(whole.finding == "raised")
    only_in_one = dict(zip(ZONES, (0.0, 0.0, 800.0), strict=True))
    for _, parts in verdicts(Planted(tuple(only_in_one.values())), tmp_path, by="zone"):  # type: ignore[arg-type]
        for zone, part in parts.items():
            if told(part):
                covered.append(covers(part, only_in_one[zone]))
                (found if only_in_one[zone] else sold).append(part.finding == "raised")
    assert len(covered) >= 80, "most of them are refused: nothing was tested"
    assert 0.90 <= sum(covered) / len(covered) <= 0.99
    assert sum(sold) / len(sold) <= 0.05
    assert sum(found) / len(found) >= 0.95


@pytest.mark.parametrize(
    ("planted", "naive_bias"),
    [(Planted(by_baseline=True), 400.0), (Planted(by_trend=True), 400.0)],
    ids=["low baseline", "rising already"],
)
def test_the_confounded_is_refused_or_right(planted: Planted, naive_bias: float, tmp_path: Path) -> None:
    """The plain difference in differences is far from the true zero; what is told is not, or nothing is told."""
    right: list[bool] = []
    for seed, (whole, _) in zip(SEEDS, verdicts(planted, tmp_path), strict=True):
        rows = households_of(tmp_path / f"households-{seed}.csv")
        assert plain_difference(rows) > naive_bias
        right.append(not told(whole) or covers(whole, 0.0))
    assert sum(right) / len(right) >= 0.95


def households_of(path: Path) -> list[tuple[bool, float]]:
    import csv

    with path.open(encoding="utf-8", newline="") as file:
        return [(row["treated"] == "1", float(row["after"]) - float(row["before"])) for row in csv.DictReader(file)]


def plain_difference(rows: list[tuple[bool, float]]) -> float:
    means = {side: [change for treated, change in rows if treated is side] for side in (True, False)}
    return sum(means[True]) / len(means[True]) - sum(means[False]) / len(means[False])
