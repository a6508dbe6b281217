"""The queries that the runbooks tell people to type run on a real night, and answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import PlayedCountry

RUNBOOKS = Path(__file__).resolve().parents[2] / "docs" / "runbooks"
QUERIES = [
    (path.name, code)
    for path in sorted(RUNBOOKS.glob("*.md"))
    for code in re.findall(r"python - <<'EOF'\n(.*?)\nEOF\n", path.read_text(encoding="utf-8"), flags=re.DOTALL)
]


def test_there_are_queries_to_run() -> None:
    assert {name for name, _ in QUERIES} >= {"README.md", "gate-marts.md"}


@pytest.mark.parametrize(("name", "code"), QUERIES, ids=[f"{name}-{i}" for i, (name, _) in enumerate(QUERIES)])
def test_a_query_of_a_runbook_answers(
    name: str, code: str, played_country: PlayedCountry, capsys: pytest.CaptureFixture[str]
) -> None:
    in_state = re.compile(r"""(["'])var/""")
    assert in_state.search(code)
    exec(in_state.sub(rf"\1{played_country.home.root}/", code), {})  # noqa: S102 our own document, as typed
    assert "│" in capsys.readouterr().out, "a table with its columns"
