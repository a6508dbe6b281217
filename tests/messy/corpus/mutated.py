"""Clean packages mutated by seed, as cases of the corpus."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.messy.mess import REFUSING, Sent, mess
from tests.messy.plan import Plan, drawn

#: Damage of a mutated package whose outcome is one rule.
RULES = {
    "scientific id": "id-destroyed-by-spreadsheet",
    "ragged": "row-too-many-columns",
    "no key": "key-missing",
    "merged amount": "row-cells-merged",
    "merged across": "row-cells-merged",
}
REFUSALS = {
    "stale hash": "file-wrong-hash",
    "wrong ending": "file-not-what-it-says",
    "nul": "file-undecodable",
    "second table": "file-more-than-one-table",
    "column twice": "file-column-twice",
    "key column gone": "file-without-key-column",
}


def mutated(county: str, number: int) -> dict[str, Any]:
    """A clean package mutated by seed."""
    rng = Random(7000 + number)
    while True:
        plan = drawn(rng, damage=rng.choice(("", "", "", *RULES, *REFUSALS)))
        made = mess(plan, county)
        if made.harmless or plan.damage in REFUSALS or made.damaged:
            return _case_of(plan, made)


def _case_of(plan: Plan, made: Sent) -> dict[str, Any]:
    case: dict[str, Any] = {"dataset": made.dataset, "file": made.name, "data": made.data}
    case["name"] = f"mutated-{plan.damage.replace(' ', '-') or 'whole'}"
    case["says"] = str(plan)
    kept = {row: {n: v for n, v in of.items() if v and n not in made.lost} for row, of in made.truth.items()}
    if not made.harmless and plan.damage in REFUSING:
        return {**case, "refusal": REFUSALS[plan.damage], "vouched": plan.damage != "stale hash", "declared": len(kept)}
    if not made.harmless:
        case["rejected"] = dict.fromkeys(made.damaged, RULES[plan.damage])
    return {**case, "rows": {row: of for row, of in kept.items() if row not in made.damaged}}
