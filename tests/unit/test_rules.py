"""Every rule breaks on its breaking example and on nothing else, and not on the example beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import duckdb
import pytest

from include.contract import contracts, load_yaml
from include.contract.words import SEVERITIES, severity_order
from include.rules import Severity, catalogue, rule
from tests.unit.lake_rows import COUNTY, Attempt, Night, Rows, clean, moved, other_county, run

EXAMPLES: dict[str, dict[str, Any]] = load_yaml(
    (Path(__file__).with_name("rule_examples.yaml")).read_text(encoding="utf-8")
)
CASES = [(rule_id, kind) for rule_id in EXAMPLES for kind in ("breaks", "passes")]
#: Rules about a whole package or village, which need more rows or an earlier night, and near matches:
#: see test_check, test_judge and test_near.
ELSEWHERE = {
    "household-vanished",
    "incomes-identical-in-village",
    "breaker-vanished-households",
    "breaker-vanished-persons",
    "breaker-rekeyed",
    "breaker-incomes-rose",
    "sample-household-unknown",
    "person-may-be-in-two-households",
    "county-grew-quickly",
}


def changed(changes: dict[str, Any], case: int) -> Rows:
    """The clean package with an example's changes; persons get the case's own keys, so that no two cases share one."""
    rows = clean()
    for dataset, keys in changes.get("remove", {}).items():
        rows[dataset] = [row for row in rows[dataset] if _key(dataset, row) not in keys]
    for dataset, edits in changes.items():
        if dataset == "remove":
            continue
        rows.setdefault(dataset, [])  # explanations: a clean package has none
        for key, values in edits.items():
            found = [row for row in rows[dataset] if _key(dataset, row) == key]
            if not found:
                rows[dataset].append(dict(values))
            for row in found:
                row.update(values)
    for row in rows["persons"]:
        if row.get("person_key"):
            row["person_key"] = f"{case}-{row['person_key']}"
    return rows


def _key(dataset: str, row: dict[str, Any]) -> str:
    from include.contract import contract

    return "|".join(row[name] for name in contract(dataset).key)


def submitter(case: int) -> str:
    return other_county(case)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """All examples as the packages of so many counties, judged together in one night."""
    attempts = [Attempt(clean(), submitter=COUNTY)]
    for case, (rule_id, kind) in enumerate(CASES):
        attempts.append(Attempt(moved(changed(EXAMPLES[rule_id][kind], case), case), submitter=submitter(case)))
    return run(tmp_path_factory.mktemp("rules"), attempts)


@pytest.fixture(scope="module")
def broken(night: Night) -> dict[str, set[tuple[str, str]]]:
    """submitter to the (rule, severity) that its package broke."""
    found: dict[str, set[tuple[str, str]]] = {}
    for who, rule_id, severity in night.rows("findings_check", None, "submitter, rule, severity"):
        found.setdefault(who, set()).add((rule_id, severity))
    return found


def test_every_rule_has_its_examples() -> None:
    told_here = {r.id for r in catalogue() if r.sql or r.kind == "generated"} - ELSEWHERE
    assert set(EXAMPLES) == told_here
    assert len([r for r in catalogue() if r.sql or r.kind == "generated" or r.is_breaker]) >= 40
    assert {r.severity for r in catalogue()} == set(SEVERITIES)


def test_severities_are_sorted_from_the_heaviest() -> None:
    assert get_args(Severity) == tuple(SEVERITIES), "a rule may have those that have a label, and no other"
    query = f"select s from unnest(['explain', 'advice', 'reject', 'must_fix']) as t(s) order by {severity_order('s')}"
    assert duckdb.sql(query).fetchall() == [("reject",), ("must_fix",), ("explain",), ("advice",)]


def test_clean_package_breaks_nothing(broken: dict[str, set[tuple[str, str]]]) -> None:
    assert broken.get(COUNTY, set()) == set()


@pytest.mark.parametrize(("case", "rule_id"), [(n, r) for n, (r, kind) in enumerate(CASES) if kind == "breaks"])
def test_breaking_example_breaks_its_rule_alone(
    broken: dict[str, set[tuple[str, str]]], case: int, rule_id: str
) -> None:
    expected = {rule_id, *EXAMPLES[rule_id].get("also", ())}
    assert {found for found, _ in broken.get(submitter(case), set())} == expected


@pytest.mark.parametrize(("case", "rule_id"), [(n, r) for n, (r, kind) in enumerate(CASES) if kind == "passes"])
def test_example_beside_it_breaks_nothing(broken: dict[str, set[tuple[str, str]]], case: int, rule_id: str) -> None:
    assert broken.get(submitter(case), set()) == set(), f"near {rule_id}"


def test_severities_are_the_catalogues(broken: dict[str, set[tuple[str, str]]]) -> None:
    for found in broken.values():
        for rule_id, severity in found:
            item = rule(rule_id)
            assert severity in {item.severity, item.severity_if_required}


def test_only_breaking_examples_of_must_fix_hold(night: Night) -> None:
    held = {who for dataset in contracts() for (who,) in night.rows("held", dataset, "submitter")}
    expected = {
        submitter(case)
        for case, (rule_id, kind) in enumerate(CASES)
        if kind == "breaks"
        and (rule(rule_id).severity == "must_fix" or rule_id in {"measure-unknown", "close-without-reason"})
    }
    assert held == expected
