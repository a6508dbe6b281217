"""The cookbooks' answers are what the published file of their country says today."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.demo.cookbook import DOCUMENTS
from include.warehouse.cookbook import answered, questions
from tests.conftest import PlayedCountry


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_answer_is_stale(played_country: PlayedCountry, document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    fresh = answered(text, played_country.home.published / "marts.duckdb").splitlines()
    assert text.splitlines() == fresh, "run `make cookbook` and read what changed"


def test_each_reader_has_questions() -> None:
    asked = {
        title: len(questions(chapter))
        for document in DOCUMENTS
        for title, _, chapter in (
            part.partition("\n") for part in document.read_text(encoding="utf-8").split("\n## ")[1:]
        )
    }
    registry, duty = ("A county leader asks", "An analyst asks", "An auditor asks"), (
        "A disciplinary inspector asks", "A provincial leader asks", "A county head asks",
    )  # fmt: skip
    assert set(asked) == {*registry, *duty}
    assert min(asked[reader] for reader in registry) >= 8
    assert min(asked[reader] for reader in duty) >= 4
    assert sum(asked[reader] for reader in duty) >= 10
