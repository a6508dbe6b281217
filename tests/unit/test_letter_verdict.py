"""The sentence at the head of a letter and what is wanted by when never contradict each other, whatever came."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from itertools import product

import pytest

from include.letters.facts import AttemptLine, DatasetLine, HeldFacts, Letter, RuleCard, RuleGroup
from include.letters.verdict import until, verdict

NIGHT = date(2026, 11, 21)
CARD = RuleCard("no-head", "没有户主", "no head", "", "", "")
QUIET = Letter(
    "341524", "county", "name", "path", NIGHT, (), (), (), (), (), (), (), (), HeldFacts(0, 0, None, 0, 0), (), 0, (),
    (), "contact",
)  # fmt: skip
ROWS = {"accepted": (5, 0, 0), "partly_accepted": (3, 2, 0), "held": (0, 5, 0), "superseded": (5, 0, 0)}
STATES = ("nothing_due", "rejected", "withdrawn", *ROWS)
HELD = {
    "none": HeldFacts(0, 0, None, 0, 14),
    "to mend": HeldFacts(3, 1, date(2026, 11, 10), 0, 14, date(2026, 11, 24)),
    "overdue": HeldFacts(2, 0, date(2026, 11, 1), 2, 14),
    "both": HeldFacts(5, 0, date(2026, 11, 1), 2, 14, date(2026, 11, 24)),
}
FOUND = {
    "nothing": (),
    "advice": (RuleGroup(CARD, "advice", False, "households", 1, 1, 1, ()),),
    "to mend": (RuleGroup(CARD, "must_fix", False, "households", 1, 1, 1, ()),),
}


def letter(*states: str, held: str = "none", found: str = "nothing", earlier: int = 0, withdrawn: int = 0) -> Letter:
    """A letter on packages in these states, in their order, each with the rows that go with its state."""
    at = datetime(2026, 11, 21, 20)  # noqa: DTZ001  Shanghai, as letters take it
    attempts = tuple(
        AttemptLine(number, "p", at, "ab", "accepted" if state == "nothing_due" else state, state == "nothing_due",
                    "package-without-manifest" if state == "rejected" else None)
        for number, state in enumerate(states, 1)
    )  # fmt: skip
    counts = [ROWS[state] for state in states if state in ROWS]
    datasets = tuple(DatasetLine("households", 0, sum(c), *c) for c in counts)
    standing = ((CARD, earlier, date(2026, 11, 20)),) if earlier else ()
    return replace(
        QUIET, attempts=attempts, datasets=datasets, groups=FOUND[found], standing=standing, held=HELD[held],
        withdrawn=((1, date(2026, 11, 20)),) * withdrawn,
    )  # fmt: skip


@pytest.mark.parametrize("states", [*product(STATES), *product(STATES, STATES)], ids="+".join)
def test_head_and_deadline_never_contradict(states: tuple[str, ...]) -> None:
    for held, found, earlier, withdrawn in product(HELD, FOUND, (0, 2), (0, 1)):
        one = letter(*states, held=held, found=found, earlier=earlier, withdrawn=withdrawn)
        head, wanted = verdict(one), until(one)
        told = (states, held, found, earlier, withdrawn, head, wanted)
        nothing_to_do = "Nothing to" in head.en
        assert nothing_to_do == ("无事可办" in head.zh or "没有需要修正" in head.zh), told
        if nothing_to_do:
            assert wanted is None and head.tone == "good", told
            assert (held, found, earlier, withdrawn) == ("none", "nothing", 0, 0) and "rejected" not in states, told
        again = wanted is not None and "send again" in wanted.en
        assert again == (head.tone == "again") == (states[-1] == "rejected"), told
        assert wanted is None or head.tone != "good", told
        assert (wanted is not None and "2026-11-24" in wanted.en) == (HELD[held].decide_by is not None), told


def test_a_report_of_no_change_says_what_came_of_the_rest() -> None:
    assert verdict(letter("nothing_due")).en == "Your report that nothing changed was taken. Nothing to do."
    refused = verdict(letter("nothing_due", "rejected"))
    assert refused.en == "Your report that nothing changed was taken. A package could not be taken, see below."
    assert refused.zh == "已收到“无变化”报告。另有报送包未能接收，见下。"
    assert verdict(letter("nothing_due", held="to mend", earlier=2, withdrawn=1)).en == (
        "Your report that nothing changed was taken. 1 package was withdrawn by your manifest, see below. "
        "3 households held before are still to be mended, and helped as before. "
        "2 places told before still to be mended, see below."
    )


def test_what_is_overdue_is_asked_for_beside_what_has_a_day() -> None:
    wanted = until(letter("accepted", held="both"))
    assert wanted is not None
    assert "Mend the held households before 2026-11-24" in wanted.en
    assert "2 households have been held for 14 days or more: please mend them now, or say why you cannot." in wanted.en
    alone = until(letter("accepted", held="overdue"))
    assert alone is not None and alone.zh == "有 2 户已满 14 天，请尽快修正，或说明为何不能。"
