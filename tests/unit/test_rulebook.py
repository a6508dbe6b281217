"""A rulebook that a policy officer edits is refused with the line and the reason of each error, or taken as it is."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from include.cli import app
from include.policy.facts import RULEBOOK
from include.policy.problem import LANGUAGES
from include.policy.rulebook import load

TEN_ERRORS = Path(__file__).resolve().parents[1] / "fixtures" / "rulebook_ten_errors.csv"
Row = dict[str, str]


def in_force() -> list[Row]:
    with RULEBOOK.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def as_csv(rows: list[Row]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def new_rule(**values: str) -> Row:
    usual = {
        "rule_id": "NEW-1",
        "scope_kind": "province",
        "scope_code": "52",
        "condition_kind": "cause",
        "condition_code": "07",
        "measure_code": "M-ECOM",
        "offer": "may_offer",
        "alternative_measure_code": "",
        "priority": "10",
        "parameters": "",
        "issuer": "an office",
        "valid_from": "2026-01-01",
        "valid_to": "",
        "source": "a document",
    }
    return usual | values


def kinds_of(path: Path, adds: bool = False) -> list[tuple[int, str]]:
    return [(problem.line, problem.kind) for problem in load(path, adds).problems]


def test_ten_planted_errors_are_refused_each_with_its_line_and_reason() -> None:
    assert kinds_of(TEN_ERRORS) == [
        (5, "unknown-measure"),
        (11, "unknown-condition_code"),
        (13, "entitlement-removed"),
        (19, "agreement-needed"),
        (29, "unit-mistake"),
        (66, "unknown-zone"),
        (70, "alternative-circular"),  # one circle, told on both of its lines
        (71, "alternative-circular"),
        (73, "no-date"),
        (79, "dates-overlap"),
        (82, "source-missing"),
    ]


def test_each_problem_says_what_why_and_how_to_mend_it_in_both_languages() -> None:
    for problem in load(TEN_ERRORS).problems:
        said = [problem.say(part, language) for part in ("what", "why", "mend") for language in LANGUAGES]
        assert all(said) and len(set(said)) == len(said)
        assert not any("{" in sentence for sentence in said)
    lines = TEN_ERRORS.read_text(encoding="utf-8").splitlines()
    (unit,) = [problem for problem in load(TEN_ERRORS).problems if problem.kind == "unit-mistake"]
    assert "loan_amount_max_yuan=5 wan_yuan" in lines[unit.line - 1]
    assert "5 wan_yuan" in unit.say("what", "en") and "50000" in unit.say("mend", "zh")


def test_the_command_refuses_the_ten_errors_and_takes_the_shipped_rulebook() -> None:
    refused = CliRunner().invoke(app, ["rulebook", "check", str(TEN_ERRORS)])
    assert refused.exit_code == 1
    assert "rulebook_ten_errors.csv line 79 valid_from [dates-overlap]" in refused.stdout
    assert "措施目录中没有“M-POSTT”" in refused.stdout
    machine = json.loads(CliRunner().invoke(app, ["rulebook", "check", str(TEN_ERRORS), "--json"]).stdout)
    assert machine["sound"] is False
    assert [problem["line"] for problem in machine["problems"]][:3] == [5, 11, 13]
    taken = CliRunner().invoke(app, ["rulebook", "check", str(RULEBOOK)])
    assert taken.exit_code == 0, taken.stdout
    assert "91 rules" in taken.stdout


@pytest.mark.parametrize(
    ("rule", "mended_by"),
    [
        ({"scope_code": "610928", "valid_from": "2020-01-01"}, "610981"),
        ({"scope_code": "632856"}, "places.csv"),
        ({"scope_code": "610928", "valid_from": "2020-01-01", "valid_to": "2021-12-31"}, None),
        ({"scope_code": "610981"}, None),
    ],
)
def test_a_rule_for_a_code_that_has_ended_is_told_the_code_that_followed(
    tmp_path: Path, rule: Row, mended_by: str | None
) -> None:
    path = tmp_path / "rules.csv"
    path.write_text(as_csv([new_rule(scope_kind="county", **rule)]), encoding="utf-8")
    problems = load(path, adds=True).problems
    assert [problem.kind for problem in problems] == (["place-has-ended"] if mended_by else [])
    assert all(f"({mended_by})" in problem.say("mend", "en") for problem in problems)


def _twice(rows: list[Row]) -> list[Row]:
    return [*rows, rows[0] | {"measure_code": "M-LAND", "offer": "may_offer"}]


ONE_ERROR: dict[str, Callable[[list[Row]], list[Row]]] = {
    "unknown-place": lambda rows: [*rows, new_rule(scope_code="59")],
    "place-has-ended": lambda rows: [*rows, new_rule(scope_kind="county", scope_code="610928")],
    "scope-another-level": lambda rows: [*rows, new_rule(scope_code="520203", scope_kind="province")],
    "scope-not-nation": lambda rows: [*rows, new_rule(scope_kind="national", scope_code="52")],
    "unknown-scope_kind": lambda rows: [*rows, new_rule(scope_kind="state")],
    "unknown-offer": lambda rows: [*rows, new_rule(offer="should_offer")],
    "condition-another-kind": lambda rows: [*rows, new_rule(condition_kind="condition")],
    "alternative-missing": lambda rows: [*rows, new_rule(offer="unavailable_here")],
    "alternative-to-an-offer": lambda rows: [*rows, new_rule(alternative_measure_code="M-IND")],
    "alternative-circular": lambda rows: [
        *rows,
        new_rule(offer="unavailable_here", alternative_measure_code="M-ECOM"),
    ],
    "alternative-unavailable": lambda rows: [
        *rows,
        new_rule(
            condition_code="06", measure_code="M-FUND", offer="unavailable_here", alternative_measure_code="M-IRRIG"
        ),
    ],
    "cause-not-established": lambda rows: [
        *rows,
        new_rule(condition_code="11", offer="must_offer", measure_code="M-CASE"),
    ],
    "agreement-needed": lambda rows: [*rows, new_rule(measure_code="M-LANG", offer="must_offer")],
    "restricted-zone-takes-away": lambda rows: [
        *rows,
        new_rule(scope_kind="zone", scope_code="Z9", offer="unavailable_here", alternative_measure_code="M-IND"),
    ],
    "entitlement-lowered": lambda rows: [*rows, new_rule(measure_code="M-TRAIN")],
    "entitlement-removed": lambda rows: [row for row in rows if row["rule_id"] != "CN-04-01"],
    "no-national-answer": lambda rows: [
        row for row in rows if (row["scope_kind"], row["condition_code"]) != ("national", "09")
    ],
    "contradiction": lambda rows: [
        *rows,
        new_rule(),
        new_rule(rule_id="NEW-2", offer="unavailable_here", alternative_measure_code="M-IND"),
    ],
    "dates-reversed": lambda rows: [*rows, new_rule(valid_to="2025-12-31")],
    "no-date": lambda rows: [*rows, new_rule(valid_from="20260101")],
    "rule-id-twice": _twice,
    "priority-no-number": lambda rows: [*rows, new_rule(priority="first")],
    "issuer-missing": lambda rows: [*rows, new_rule(issuer="")],
    "value-missing": lambda rows: [*rows, new_rule(rule_id="")],
    "unknown-standard": lambda rows: [*rows, new_rule(parameters="limit: loan_amount_maximum")],
    "amount-without-standard": lambda rows: [*rows, new_rule(parameters="每户 5 万元")],
    "another-size": lambda rows: [*rows, new_rule(parameters="loan_amount_max=5 yuan")],
    "share-over-whole": lambda rows: [*rows, new_rule(parameters="120 % by quarter")],
}


@pytest.mark.parametrize("kind", ONE_ERROR)
def test_one_error_is_told_once_on_the_line_it_stands_on(kind: str, tmp_path: Path) -> None:
    rows = ONE_ERROR[kind](in_force())
    path = tmp_path / "rulebook.csv"
    path.write_text(as_csv(rows), encoding="utf-8")
    expected = 1 if kind in ("entitlement-removed", "no-national-answer") else len(rows) + 1
    assert kinds_of(path) == [(expected, kind)]


def test_what_narrows_or_ends_rightly_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "added.csv"
    rules = [
        new_rule(valid_to="2026-06-30"),
        new_rule(rule_id="NEW-2", valid_from="2026-07-01", offer="must_offer", parameters="loan_amount_max=30000 yuan"),
        new_rule(rule_id="NEW-3", scope_kind="county", scope_code="520203", measure_code="M-TRAIN", offer="must_offer"),
    ]
    path.write_text(as_csv(rules), encoding="utf-8")
    assert kinds_of(path, adds=True) == []
    assert len(load(path, adds=True).rules) == len(in_force()) + 3
    # The same file in place of the whole rulebook takes every national entitlement away.
    assert {kind for _, kind in kinds_of(path)} == {"entitlement-removed", "no-national-answer"}


def test_an_entitlement_may_be_told_in_two_periods_but_not_with_a_day_between(tmp_path: Path) -> None:
    rows = in_force()
    first = next(row for row in rows if row["rule_id"] == "CN-04-01")
    path = tmp_path / "rulebook.csv"
    for start, kinds in (("2026-07-01", []), ("2026-07-02", ["entitlement-removed"])):
        split = [first | {"valid_to": "2026-06-30"}, first | {"rule_id": "CN-04-09", "valid_from": start}]
        path.write_text(as_csv([row for row in rows if row is not first] + split), encoding="utf-8")
        assert [kind for _, kind in kinds_of(path)] == kinds


def test_zones_that_disagree_are_told_to_their_issuers_and_refuse_nothing(tmp_path: Path) -> None:
    path = tmp_path / "added.csv"
    path.write_text(
        as_csv(
            [
                new_rule(scope_kind="zone", scope_code="A05"),
                new_rule(
                    rule_id="NEW-2",
                    scope_kind="zone",
                    scope_code="Z2",
                    offer="unavailable_here",
                    alternative_measure_code="M-TOUR",
                ),
            ]
        ),
        encoding="utf-8",
    )
    rulebook = load(path, adds=True)
    assert [(problem.line, problem.kind) for problem in rulebook.problems] == [(3, "zones-disagree")]
    assert rulebook.sound


def test_the_same_rules_as_yaml_and_in_gb18030_are_read_alike(tmp_path: Path) -> None:
    rows = [*in_force(), new_rule(issuer="贵州省", source="")]
    written = tmp_path / "rulebook.yaml"
    written.write_text(yaml.safe_dump(rows, allow_unicode=True, sort_keys=False), encoding="utf-8")
    sheet = tmp_path / "rulebook.csv"
    sheet.write_bytes(as_csv(rows).encode("gb18030"))
    one, other = load(written), load(sheet)
    assert [rule["condition_code"] for rule in one.rules] == [row["condition_code"] for row in rows]
    assert one.as_seed() == other.as_seed()
    line = written.read_text(encoding="utf-8").splitlines().index("- rule_id: NEW-1") + 1
    assert [(problem.line, problem.kind) for problem in one.problems] == [(line, "source-missing")]
    assert [(problem.line, problem.kind) for problem in other.problems] == [(len(rows) + 1, "source-missing")]


@pytest.mark.parametrize(
    ("name", "text", "kinds"),
    [
        ("a.csv", "", ["file-empty"]),
        ("a.csv", "rule_id,measures\n", [*["column-missing"] * 13, "column-unknown"]),
        ("a.csv", 'rule_id\n"open', [*["column-missing"] * 13, "file-unreadable"]),
        ("a.yaml", "- {rule_id: [1]}", ["file-unreadable"]),
        ("a.yaml", "rule_id: 1", ["file-unreadable"]),
        ("a.yaml", "- a: [", ["file-unreadable"]),
    ],
)
def test_a_file_whose_form_is_broken_is_told_as_that(name: str, text: str, kinds: list[str], tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert sorted(kind for _, kind in kinds_of(path)) == kinds
    assert not load(path).sound


def test_a_row_with_a_comma_too_many_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rulebook.csv"
    lines = RULEBOOK.read_text(encoding="utf-8").splitlines()
    lines[6] += ",more"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert kinds_of(path) == [(7, "cells-count")]
