"""Every question of docs/analysts.md has an answer on the published file; every link of the documents has an end."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from tests.conftest import PlayedCountry

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
QUESTIONS = re.findall(r"```sql\n(.*?)```", (REPOSITORY / "docs" / "analysts.md").read_text(encoding="utf-8"), re.S)


@pytest.mark.parametrize("question", QUESTIONS, ids=range(len(QUESTIONS)))
def test_the_question_has_an_answer(played_country: PlayedCountry, question: str) -> None:
    marts = played_country.home.published / "marts.duckdb"
    with duckdb.connect(str(marts), read_only=True) as connection:
        answer = connection.execute(question).fetchall()
    assert answer
    assert any(value is not None for value in answer[0])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_link_has_an_end(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_command_of_the_readme_is_a_target() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"(?m)(?:^|`)make ([a-z][a-z-]*)", (REPOSITORY / "README.md").read_text(encoding="utf-8")))
    assert {"run", "test", "test-full", "up"} <= named
    assert [target for target in named if not re.search(rf"^{target}:", makefile, re.M)] == []
