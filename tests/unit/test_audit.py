"""The audit's judgement: what is new, what is allowed, and that an answer not given is not an answer."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from scripts.audit import ALLOWED as ALLOW_LIST
from scripts.audit import REPOSITORY, judge_packages, judge_secrets

CLEAN = {"name": "duckdb", "version": "1", "vulns": []}
SICK = {"name": "jinja2", "version": "1", "vulns": [{"id": "PYSEC-1"}]}
SKIPPED = {"name": "numpy", "skip_reason": "not found"}
ALLOWED = {"package": "jinja2", "id": "PYSEC-1", "date": "2026-11-25", "reason": "of a filter that no template uses"}


@pytest.mark.parametrize(
    ("packages", "allowed", "faults"),
    [
        ([CLEAN], [], []),
        ([CLEAN, SICK], [], ["jinja2: PYSEC-1"]),
        ([CLEAN, SICK], [ALLOWED], []),
        ([CLEAN], [ALLOWED], ["jinja2: PYSEC-1 is allowed and was not found: take it off the list"]),
    ],
)
def test_an_advisory_is_new_or_allowed(
    packages: list[object], allowed: list[dict[str, str]], faults: list[str]
) -> None:
    assert judge_packages({"dependencies": packages}, allowed).faults == faults


def test_a_package_that_was_not_looked_up_is_no_clean_package() -> None:
    verdict = judge_packages({"dependencies": [CLEAN, SKIPPED]}, [ALLOWED])
    assert verdict.told.startswith("1 of 2 locked packages")
    (fault,) = verdict.faults
    assert "did not answer for 1 packages (numpy" in fault


def test_a_secret_is_told_by_file_and_kind_and_never_shown() -> None:
    report = {
        "plugins_used": [{}, {}],
        "results": {"a.py": [{"type": "Secret Keyword", "hashed_secret": "5f", "line_number": 3}]},
    }
    assert judge_secrets(report, [], 9).faults == ["a.py: Secret Keyword"]
    known = {"file": "a.py", "kind": "Secret Keyword", "date": "2026-11-25", "reason": "a word"}
    assert judge_secrets(report, [known], 9).faults == []
    assert judge_secrets({**report, "results": {}}, [known], 9).faults == [
        "a.py: Secret Keyword is allowed and was not found: take it off the list"
    ]


def test_every_exception_has_its_day_and_its_reason() -> None:
    listed = yaml.safe_load(ALLOW_LIST.read_text(encoding="utf-8"))
    assert listed.keys() == {"secrets", "advisories"}
    for one in (*listed["secrets"], *listed["advisories"]):
        assert isinstance(one["date"], date) and len(one["reason"]) > 20, one
    assert all((REPOSITORY / one["file"]).is_file() for one in listed["secrets"])
