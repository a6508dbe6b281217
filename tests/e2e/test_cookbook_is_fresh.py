"""The cookbook's answers are what the published file of its country says today."""

from __future__ import annotations

from include.demo.cookbook import DOCUMENT
from include.warehouse.cookbook import answered, questions
from tests.conftest import PlayedCountry


def test_no_answer_is_stale(played_country: PlayedCountry) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert len(questions(text)) >= 25
    marts = played_country.home.published / "marts.duckdb"
    fresh = answered(text, marts).splitlines()
    assert text.splitlines() == fresh, "run `make cookbook` and read what changed"


def test_each_of_the_three_readers_has_questions() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for reader in ("A county leader asks", "An analyst asks", "An auditor asks"):
        chapter = text.split(f"## {reader}")[1].split("\n## ")[0]
        assert len(questions(chapter)) >= 8, reader
