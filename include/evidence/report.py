"""An answer as a person reads it, and for a machine."""

from __future__ import annotations

from typing import Any

from include.contract.words import SYNTHETIC
from include.evidence.effect import Answer
from include.evidence.judge import REFUSED, Verdict
from include.evidence.practices import Card, Cards

_FINDINGS = {
    "raised": "the measure raised the outcome 提高了结果",
    "lowered": "the measure lowered the outcome 降低了结果",
    "none_shown": "no effect is shown 未显示有效果",
    REFUSED: "no effect is told 不予报告",
}


def as_record(answer: Answer) -> dict[str, Any]:
    """The answer for a machine."""
    parts = {value: verdict.as_record() for value, verdict in answer.parts.items()}
    return answer.whole.as_record() | ({"by": parts} if parts else {})


def report(answer: Answer) -> str:
    """The answer in words; each part in one line under it."""
    lines = _lines(answer.whole)
    for value, verdict in answer.parts.items():
        lines += [f"{value}:", *(f"  {line}" for line in _lines(verdict))]
    return "\n".join(lines)


def _lines(verdict: Verdict) -> list[str]:
    record = verdict.as_record()
    lines = [f"grade {record['grade']}: {_FINDINGS[record['finding']]}"]
    if verdict.grade != REFUSED:
        low, high = record["interval"]
        lines.append(
            f"effect {record['effect']:,.4g}, {record['confidence_level']:.0%} interval {low:,.4g} to {high:,.4g},"
            f" standard error {record['standard_error']:,.4g} (pooled {record['standard_error_pooled']:,.4g})"
        )
    if record.get("cost_per_unit") is not None:
        per = record["cost_per_unit_of_effect"]
        told = f"{per:,.4g} for one unit of effect" if per is not None else "for a unit of effect untold: none is shown"
        lines.append(f"cost {record['cost_per_unit']:,.2f} a unit, {told}")
    lines.append(
        f"{record['treated_compared']:,} treated of {record['treated']:,} ({record['overlap']:.0%}) against"
        f" {record['comparison_compared']:,}, in {record['strata']:,} strata;"
        f" {record['units_left_out']:,} rows left out (a value missing, or beyond the treated's range)"
    )
    for name, size in record["imbalance"].items():
        lines.append(
            f"left within strata of {name}: {'unknown' if size is None else f'{size:.3f}'} standard deviations"
        )
    if record["pretrend"]:
        low, high = record["pretrend"]["interval"]
        lines.append(
            f"before the measure: {record['pretrend']['difference']:,.4g} ({low:,.4g} to {high:,.4g}),"
            f" p = {record['pretrend']['p_value']:.3f}"
        )
    for reason in (*verdict.refusals, *verdict.notes):
        lines += [f"[{reason.kind}] {reason.say('zh')}", reason.say("en")]
    return lines


def card_record(card: Card) -> dict[str, Any]:
    """A practice card for a machine; null cause or zone stands for all."""
    where = {"measure_code": card.measure_code, "outcome": card.outcome, "cause": card.cause, "zone": card.zone}
    return where | card.verdict.as_record()


def cards_report(cards: Cards) -> str:
    """Practice cards in words, and how many causes and zones are too small to tell of."""
    lines = [SYNTHETIC]
    for card in cards.cards:
        where = f"cause {card.cause or 'any'}, zone {card.zone or 'any'}"
        lines += [f"{card.measure_code} on {card.outcome}, {where}:", *(f"  {line}" for line in _lines(card.verdict))]
    lines.append(f"{cards.too_small} causes and zones have too few treated to tell of 过少不予报告")
    return "\n".join(lines)
