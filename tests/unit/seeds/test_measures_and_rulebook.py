"""Measures and policy rules: every reference resolves, and no narrower rule lowers what the nation guarantees."""

from __future__ import annotations

import re
from collections import defaultdict

from tests.unit.seeds.facts import (
    CAUSES,
    CONDITIONS,
    Row,
    overlap,
    seed,
)

CHOICE_ONLY = {"M-RELOC", "M-JOB-AWAY", "M-LANG"}


def test_measures_have_eleven_classes_and_choice_is_marked(measures: dict[str, Row]) -> None:
    assert len({row["class"] for row in measures.values()}) == 11
    assert {code for code, row in measures.items() if row["needs_agreement"] == "true"} == CHOICE_ONLY
    assert {"M-HEALTH", "M-POST", "M-RANGER", "M-LANG", "M-SERVICE-LANG", "M-JOB", "M-JOB-AWAY"} <= set(measures)


def test_every_reference_of_the_rulebook_resolves(
    rulebook: list[Row], measures: dict[str, Row], places: dict[str, Row]
) -> None:
    zones = {row["zone_id"] for row in seed("zones")}
    subjects = {row["standard_id"] for row in seed("standards")} | {row["subject"] for row in seed("standards")}
    scopes = {"national": {"CN"}, "zone": zones}
    assert len({row["rule_id"] for row in rulebook}) == len(rulebook)
    for row in rulebook:
        assert row["scope_code"] in scopes.get(row["scope_kind"], set(places)), row
        assert row["measure_code"] in measures
        assert (row["alternative_measure_code"] in measures) == (row["offer"] == "unavailable_here"), row
        assert row["condition_code"] in (CAUSES if row["condition_kind"] == "cause" else CONDITIONS), row
        assert set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", row["parameters"])) <= subjects, row


def test_every_cause_and_condition_has_a_national_answer(rulebook: list[Row]) -> None:
    answered = {row["condition_code"] for row in rulebook if row["scope_kind"] == "national"}
    assert answered == CAUSES | CONDITIONS


def test_choice_is_never_a_must_and_cause_not_established_obliges_nothing(
    rulebook: list[Row], measures: dict[str, Row]
) -> None:
    for row in rulebook:
        if row["offer"] == "must_offer":
            assert measures[row["measure_code"]]["needs_agreement"] == "false", row
            assert row["condition_code"] != "11", row


def test_no_narrower_rule_lowers_a_national_entitlement(rulebook: list[Row]) -> None:
    floor = {
        (row["condition_code"], row["measure_code"])
        for row in rulebook
        if row["scope_kind"] == "national" and row["offer"] == "must_offer"
    }
    for row in rulebook:
        if (row["condition_code"], row["measure_code"]) in floor:
            assert row["offer"] == "must_offer", row


def test_restricted_zones_only_add_offers(rulebook: list[Row]) -> None:
    restricted = {row["zone_id"] for row in seed("zones") if row["restricted"] == "true"}
    rules = [row for row in rulebook if row["scope_code"] in restricted]
    assert rules
    assert all(row["offer"] in ("must_offer", "may_offer") for row in rules)


def test_one_scope_says_one_thing_about_a_measure_at_a_time(rulebook: list[Row]) -> None:
    by_key: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rulebook:
        by_key[row["scope_code"], row["condition_code"], row["measure_code"]].append(row)
    for rows in by_key.values():
        assert not any(overlap(one, other) for n, one in enumerate(rows) for other in rows[n + 1 :]), rows


def test_the_statement_zones_have_detailed_rules(rulebook: list[Row]) -> None:
    assert {f"Z{number}" for number in range(1, 10)} <= {row["scope_code"] for row in rulebook}
