"""Judges estimates by the published criteria: a graded finding, or a refusal that says why and tells no effect.

Grades: A, by lot, with numbers, overlap and balance as asked. B, matched difference in differences with strong overlap
and balance and a pre-trend whose whole interval is small. C, whatever else is not refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from include.evidence.criteria import Criteria
from include.evidence.estimate import Estimates
from include.evidence.question import Question

REFUSED = "refused"


@dataclass(frozen=True)
class Reason:
    """Why an effect is refused, or what weakens it; an entry of reasons.yaml with what was measured and asked."""

    kind: str
    measured: str = ""
    asked: str = ""
    column: str = ""

    def say(self, language: str) -> str:
        """The sentence in a language (zh or en)."""
        details = {"measured": self.measured, "asked": self.asked, "column": self.column}
        return str(_texts()[self.kind][language]).format_map(details)


@dataclass(frozen=True)
class Verdict:
    """An effect with its grade, or a refusal."""

    question: Question
    estimates: Estimates
    criteria: Criteria
    refusals: tuple[Reason, ...]
    notes: tuple[Reason, ...]
    grade: str
    """A, B, C or refused."""

    @property
    def finding(self) -> str:
        """raised, lowered, or none_shown when the interval holds zero; refused."""
        if self.grade == REFUSED or self.estimates.effect is None:
            return REFUSED
        low, high = self.estimates.effect.interval(self.criteria.confidence_level)
        return "raised" if low > 0 else "lowered" if high < 0 else "none_shown"

    def as_record(self) -> dict[str, Any]:
        """The verdict for a machine; a refusal carries no estimate."""
        found, effect = self.estimates, self.estimates.effect
        record: dict[str, Any] = {"grade": self.grade, "finding": self.finding}
        if self.grade != REFUSED and effect is not None:
            low, high = effect.interval(self.criteria.confidence_level)
            record |= {
                "effect": effect.estimate,
                "interval": [low, high],
                "confidence_level": self.criteria.confidence_level,
                "standard_error": effect.standard_error,
                "standard_error_pooled": effect.standard_error_pooled,
                "cost_per_unit": found.cost_per_unit,
                "cost_per_unit_of_effect": _cost_per_effect(self),
            }
        return record | {
            "reasons": [_record(reason) for reason in self.refusals],
            "notes": [_record(note) for note in self.notes],
            "units": found.units,
            "units_left_out": found.units_left_out,
            "treated": found.treated,
            "treated_compared": found.treated_compared,
            "comparison_compared": found.comparison_compared,
            "overlap": found.overlap,
            "strata": found.strata_kept,
            "clusters": found.clusters,
            "imbalance": {name: None if math.isinf(size) else size for name, size in found.imbalance.items()},
            "pretrend": _pretrend(self),
        }


def judge(question: Question, found: Estimates, asked: Criteria) -> Verdict:
    """Grade or refuse an estimate."""
    refusals = tuple(_refusals(question, found, asked))
    notes = () if refusals else tuple(_notes(question, found, asked))
    weak = any(note.kind != "note-by-lot" for note in notes)
    grade = REFUSED if refusals else "C" if weak else "A" if question.by_lot else "B"
    return Verdict(question, found, asked, refusals, notes, grade)


def _refusals(question: Question, found: Estimates, asked: Criteria) -> Iterator[Reason]:
    if not (question.before or question.period or question.by_lot):
        yield Reason("no-comparison")
    for kind, count in (("few-treated", found.treated_compared), ("few-comparison", found.comparison_compared)):
        if count < asked.units_min:
            yield Reason(kind, str(count), f"{asked.units_min:g}")
    if found.clusters is not None and found.clusters < asked.clusters_min:
        yield Reason("few-clusters", str(found.clusters), f"{asked.clusters_min:g}")
    if found.overlap < asked.overlap_min:
        yield Reason("poor-overlap", f"{found.overlap:.0%}", f"{asked.overlap_min:.0%}")
    for column, size in found.imbalance.items():
        if abs(size) > asked.imbalance_max and not question.by_lot:  # by lot it is chance, which the interval holds
            yield Reason("poor-balance", f"{size:.2f}", f"{asked.imbalance_max:g}", column)
    if found.pretrend is not None and found.pretrend.p_value < asked.pretrend_level:
        yield Reason("pre-trend", f"{found.pretrend.p_value:.3f}", f"{asked.pretrend_level:g}")
    if found.effect is not None and not math.isfinite(found.effect.standard_error):
        yield Reason("no-interval")


def _notes(question: Question, found: Estimates, asked: Criteria) -> Iterator[Reason]:
    if question.by_lot:
        yield Reason("note-by-lot")
    elif found.pretrend is None:
        yield Reason("note-no-pretrend")
    elif found.baseline_deviation:
        reach = max(abs(end) for end in found.pretrend.interval(asked.confidence_level)) / found.baseline_deviation
        if reach > asked.pretrend_strong:
            yield Reason("note-wide-pretrend", f"{reach:.2f}", f"{asked.pretrend_strong:g}")
    if found.overlap < asked.overlap_strong:
        yield Reason("note-overlap", f"{found.overlap:.0%}", f"{asked.overlap_strong:.0%}")
    for column, size in found.imbalance.items():
        if abs(size) > asked.imbalance_strong:
            yield Reason("note-balance", f"{size:.2f}", f"{asked.imbalance_strong:g}", column)


def _cost_per_effect(verdict: Verdict) -> float | None:
    """Cost for one unit of effect; none where no effect is shown, since any figure would come out."""
    effect, cost = verdict.estimates.effect, verdict.estimates.cost_per_unit
    shown = verdict.finding in ("raised", "lowered")
    return cost / abs(effect.estimate) if shown and effect is not None and cost is not None else None


def _pretrend(verdict: Verdict) -> dict[str, Any] | None:
    pretrend = verdict.estimates.pretrend
    if pretrend is None or not math.isfinite(pretrend.standard_error):
        return None
    low, high = pretrend.interval(verdict.criteria.confidence_level)
    return {"difference": pretrend.estimate, "interval": [low, high], "p_value": pretrend.p_value}


def _record(reason: Reason) -> dict[str, str]:
    return {"kind": reason.kind, "zh": reason.say("zh"), "en": reason.say("en")}


@cache
def _texts() -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = yaml.safe_load(
        Path(__file__).with_name("reasons.yaml").read_text(encoding="utf-8")
    )
    return texts
