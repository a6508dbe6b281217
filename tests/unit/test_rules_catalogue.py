"""The catalogue as a whole: sound, bilingual, and disciplined about what may hold a household."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import ValidationError

from include.contract import contracts
from include.rules import catalogue, rule, rule_rows
from include.rules.catalogue import CatalogueError, _whys_zh, checked
from include.rules.compile import expand, predicates
from include.rules.facts import standard_subjects
from include.rules.model import Rule

#: All that may hold a household or a row: this list is short on purpose.
MAY_HOLD = {
    "key-duplicated",
    "value-missing",
    "place-unknown",
    "close-without-reason",
    "village-outside-county",
    "household-without-members",
    "members-declared-differ",
    "no-head",
    "two-heads",
    "income-parts-do-not-add-up",
    "income-year-impossible",
    "land-area-negative",
    "housing-area-negative",
    "person-without-household",
    "household-unknown",
    "breaker-vanished-households",
    "breaker-vanished-persons",
    "breaker-rekeyed",
    "breaker-incomes-rose",
    "sample-household-unknown",
    "designation-of-another-county",
    "pairing-of-another-province",
    "place-of-another-county",
}


def a_rule(**values: Any) -> Rule:
    base: dict[str, Any] = {
        "id": "some-rule", "version": 1, "severity": "explain", "dataset": "households", "columns": ["arable_land"],
        "kind": "row", "value_class": "out_of_range", "title_zh": "标题", "title_en": "title", "mend_zh": "更正",
        "mend_en": "mend", "why": "why", "source": "source", "sql": "t.arable_land > 1",
    }  # fmt: skip
    return Rule.model_validate(base | values)


def test_only_the_short_list_holds() -> None:
    assert {item.id for item in catalogue() if item.severity == "must_fix"} == MAY_HOLD


def test_a_resident_number_and_a_declined_offer_never_hold() -> None:
    for item in catalogue():
        if item.id.startswith("resident-number") or ("number" in item.id and item.dataset == "persons"):
            assert item.severity in {"explain", "advice"}, item.id
    assert not any(
        "t.response = '2'" in (item.sql or "") for item in catalogue() if item.id != "declined-but-delivered"
    )


def test_cause_11_drives_nothing_above_advice() -> None:
    of_causes = [item for item in catalogue() if "cause" in (item.sql or "")]
    assert {"illness-cause-nobody-ill", "main-cause-repeated-in-others"} <= {item.id for item in of_causes}
    assert [item.id for item in of_causes if "'11'" in (item.sql or "") and item.severity != "advice"] == []


def test_texts_are_in_both_languages() -> None:
    for item in catalogue():
        for text in (item.title_zh, item.mend_zh):
            assert re.search("[\u4e00-\u9fff]", text), item.id
        for text in (item.title_en, item.mend_en, item.why):
            assert not re.search("[\u4e00-\u9fff]", text.replace("是 or 否", "")), item.id


def test_every_reason_has_its_chinese_and_none_is_left_over() -> None:
    assert {item.why for item in catalogue()} == set(_whys_zh())
    assert [why for why, zh in _whys_zh().items() if not re.search(r"[\u4e00-\u9fff]", zh)] == []


def test_no_threshold_stands_in_sql() -> None:
    """Numbers of two digits or more come from standards.csv, but for a year's twelve months and a type's size."""
    for item in catalogue():
        for text in (item.sql, item.measured, item.threshold):
            plain = re.sub(r"'[^']*'|\{[^}]*\}|decimal\(\d+, \d+\)", "", text or "")
            assert set(re.findall(r"(?<![\w.])\d{2,}", plain)) <= {"12"}, item.id


def test_rule_rows_are_what_the_warehouse_lists() -> None:
    rows = {row["rule"]: row for row in rule_rows()}
    assert len(rows) == len(catalogue())
    assert rows["amount-negative"]["dataset"] == "measures,funds"
    assert rows["key-missing"]["dataset"] == "*"
    assert rows["package-without-manifest"]["dataset"] is None
    assert rows["no-head"]["version"] == "2"


def test_a_predicate_for_each_dataset_and_column() -> None:
    found = {(one.rule.id, one.dataset, one.column) for one in predicates(catalogue())}
    assert ("amount-negative", "measures", "amount") in found
    assert {column for r, d, column in found if (r, d) == ("amount-negative", "funds")} == {"allocated", "disbursed"}
    assert {column for r, _, column in found if r == "members-declared-differ"} == {"members_declared"}
    assert {d for r, d, _ in found if r == "household-unknown"} == {"measures", "assignments", "visits", "decisions"}


def test_placeholders_are_expanded() -> None:
    assert expand("t.a > {standard:poverty_line} and {column} < 0 and not {faulty:risks}", "b") == (
        't.a > s."poverty_line" and t."b" < 0 and not list_contains(t._faulty, \'risks\')'
    )


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"sql": "t.arable_land > {standard:no_such_thing}"}, "standards.csv has no subject no_such_thing"),
        ({"sql": "t.arable_land > "}, "DuckDB cannot parse"),
        ({"sql": "t.arable_land > {stadard:poverty_line}"}, "an unknown placeholder"),
        ({"sql": "{faulty:nothing}"}, "no column nothing"),
        ({"columns": ["no_such_column"]}, "no column no_such_column"),
        ({"dataset": "no_such_dataset"}, "no dataset no_such_dataset"),
        ({"dataset": ["households", "visits"]}, "no column of visits for its findings"),
    ],
)
def test_an_unsound_rule_is_refused(values: dict[str, Any], fault: str) -> None:
    with pytest.raises(CatalogueError, match=re.escape(fault)):
        checked([a_rule(**values)])


def test_two_rules_of_one_id_are_refused() -> None:
    with pytest.raises(CatalogueError, match="some-rule is there twice"):
        checked([a_rule(), a_rule(version=2)])


@pytest.mark.parametrize(
    "values",
    [
        {"title_zh": "  "},
        {"mend_en": None},
        {"severity": "fatal"},
        {"id": "Some Rule"},
        {"unknown": 1},
        {"kind": "package"},
        {"measured": "c.households"},
        {"dataset": None},
    ],
)
def test_a_rule_that_is_not_whole_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_rule(**values)


def test_every_rule_names_real_things() -> None:
    assert "poverty_line" in standard_subjects()
    assert rule("no-head").title_en == "The household has no head"
    with pytest.raises(KeyError):
        rule("no-such-rule")
    for item in catalogue():
        assert set(item.datasets) <= {"*", *contracts()}
