"""Nights that follow each other: a reader in between, another home, a night on which nobody reports."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from include import night as steps
from include.home import Home
from include.settings import Settings
from include.warehouse.content_hash import content_hash
from tests.conftest import PlayedCountry, play


def published(home: Home, name: str = "marts") -> Path:
    return (home.published / f"{name}.duckdb").resolve()


def test_a_reader_reads_on_through_a_publish_and_another_home_gives_the_same_marts(
    played_country: PlayedCountry, tmp_path: Path
) -> None:
    """Played again in a home with keys and a batch layout of its own, with a reader that stays open in between."""
    home = Home(tmp_path / "home")
    settings = Settings(home=home.root, batches=5)
    play(played_country.folder, home, settings, played_country.nights[:1])
    link = str(home.published / "marts.duckdb")
    question = "select count(*), max(h.as_of), (select night from quality.publication) from household.households as h"
    with duckdb.connect(link, read_only=True) as reader:
        first = reader.execute(question).fetchone()
        play(played_country.folder, home, settings, played_country.nights[1:])
        assert reader.execute(question).fetchone() == first
    with duckdb.connect(link, read_only=True) as reader:
        second = reader.execute(question).fetchone()
    assert first is not None
    assert second is not None
    assert (first[2], second[2]) == played_country.nights
    assert second[1] > first[1]
    assert content_hash(published(home)) == content_hash(published(played_country.home))


def test_a_night_without_any_package_still_publishes_and_says_who_is_missing(
    played_country: PlayedCountry, tmp_path: Path
) -> None:
    country = played_country.copy_to(tmp_path / "home")
    shutil.rmtree(country.home.board, ignore_errors=True)
    night = country.nights[1].replace(day=22)
    steps.run(country.home, country.settings, night, print)
    with duckdb.connect(str(published(country.home, "quality")), read_only=True) as quality:
        missing = quality.execute(
            "select count(*) from quality.reporting where night = ? and state = 'missing'", [night]
        ).fetchone()
    assert missing is not None
    assert missing[0] >= 12
