"""Which rules a package can be judged by alone, as read from the rules' own SQL."""

from __future__ import annotations

import pytest

from include.contract import contracts
from include.intake.needs import beyond
from include.rules import catalogue
from include.rules import rule as rule_of
from include.rules.model import Rule

EVERYTHING = frozenset(contracts())

#: What each rule looks at outside of a full package of every dataset; a rule that is not here needs the package alone.
OUTSIDE = {
    "assignment-staff-unknown": {"offices"},
    "breaker-incomes-rose": {"history"},
    "breaker-rekeyed": {"history"},
    "breaker-vanished-households": {"history"},
    "breaker-vanished-persons": {"history"},
    "county-grew-quickly": {"history"},
    "designation-unit-unknown": {"offices"},
    "disability-cause-nobody-disabled": {"deletions"},
    "exit-without-decision": {"history"},
    "explanation-of-no-finding": {"history"},
    "experience-unit-unknown": {"offices"},
    "household-unknown": {"history"},
    "household-vanished": {"history"},
    "household-without-members": {"deletions"},
    "illness-cause-nobody-ill": {"deletions"},
    "members-declared-differ": {"deletions"},
    "no-head": {"deletions"},
    "package-sent-before": {"history"},
    "pairing-of-another-province": {"offices"},
    "person-deleted": {"deletions"},
    "person-in-two-households": {"history", "offices"},
    "person-may-be-in-two-households": {"history", "offices"},
    "sample-household-unknown": {"offices"},
    "schooling-cause-nobody-in-school": {"deletions"},
    "staff-unit-unknown": {"offices"},
    "task-unit-unknown": {"offices"},
    "visit-by-unknown-staff": {"offices"},
    "withdrawal-of-no-attempt": {"history"},
}
#: What looks at other rows of the county: a package of changes leaves them to what was accepted before.
OTHER_ROWS = {
    "disability-cause-nobody-disabled",
    "exited-below-line",
    "household-without-helper",
    "household-without-members",
    "illness-cause-nobody-ill",
    "income-per-head-high-for-monitored",
    "measure-answers-no-cause",
    "members-declared-differ",
    "no-head",
    "one-month-without-measure",
    "person-without-household",
    "risk-cleared-by-help-without-measure",
    "schooling-cause-nobody-in-school",
    "two-heads",
    "water-risk-without-water-measure",
}


def needs(kind: str, brought: frozenset[str] = EVERYTHING) -> dict[str, set[str]]:
    found = {rule.id: set(beyond(rule, kind, brought)) for rule in catalogue()}
    return {name: needed for name, needed in found.items() if needed}


def test_of_a_full_package_of_everything_these_rules_and_no_others_look_outside() -> None:
    assert needs("full") == OUTSIDE
    assert len(catalogue()) - len(OUTSIDE) > 90


def test_a_package_of_changes_leaves_other_rows_to_what_was_accepted_before() -> None:
    expected = OUTSIDE | {name: OUTSIDE.get(name, set()) | {"history"} for name in OTHER_ROWS}
    assert needs("changes") == expected


def test_a_full_package_without_members_leaves_them_to_what_was_accepted_before() -> None:
    without = needs("full", EVERYTHING - {"persons"})
    assert without["two-heads"] == {"history"}
    assert without["no-head"] == {"history", "deletions"}
    assert "water-risk-without-water-measure" not in without


def test_a_rule_that_names_what_its_context_lacks_is_no_rule_of_the_package_alone() -> None:
    strange = rule_of("two-heads").model_copy(update={"id": "strange", "sql": "q.heads > 1"})
    with pytest.raises(KeyError, match="heads"):
        beyond(strange, "full", EVERYTHING)


def test_a_rule_with_sql_may_not_say_what_it_looks_at() -> None:
    with pytest.raises(ValueError, match="read from its sql"):
        Rule.model_validate(rule_of("two-heads").model_dump() | {"beyond": "history"})
