"""The rehearsal of bad nights and good ones: the page is of these scenarios, faults of it are told, one is played."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from include.demo.rehearsal import DOCUMENT
from include.demo.rehearsal.bad import BAD
from include.demo.rehearsal.good import GOOD
from include.demo.rehearsal.play import Outcome, Rehearsal
from include.demo.rehearsal.table import wrong
from tests.conftest import PlayedCountry

BY_NAME = {one.name: one for one in (*BAD, *GOOD)}


def test_there_are_twelve_of_each_and_the_page_has_them_all() -> None:
    assert len(BAD) >= 12 and len(GOOD) >= 12 and len(BY_NAME) == len(BAD) + len(GOOD)
    rows = re.findall(r"^\| (.+?) \| (published|stopped|goes on)", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(what for what, _ in rows) == sorted(one.what for one in BY_NAME.values())
    assert all(night == "published" for what, night in rows if what in {one.what for one in GOOD})


@pytest.mark.parametrize(
    ("name", "outcome", "told"),
    [
        ("incomes-times-ten", Outcome(published=True), "513422 breaker-incomes-rose: holds nothing"),
        ("incomes-times-ten", Outcome(stopped="gate:marts"), "stopped by gate:marts, and not by nothing"),
        ("lake-file-broken", Outcome(published=True), "stopped by nothing, and not by gate:submissions"),
        ("county-vanishes", Outcome(published=True), "submissions-accounts-kept did not fail"),
        ("harvest", Outcome(published=True, held={"520204": 3}), "520204: 3 rows are held"),
        ("flood", Outcome(), "the night is not published"),
        ("late-package", Outcome(published=True, refused={"220821": "package-unreadable"}), "220821: refused"),
    ],
)
def test_what_does_not_come_as_it_must_is_told(name: str, outcome: Outcome, told: str) -> None:
    assert f"{name}: {told}" in wrong(BY_NAME[name], outcome)


def test_a_full_disk_is_played_and_told(played_country: PlayedCountry, tmp_path: Path) -> None:
    country = played_country.copy_to(tmp_path / "base")
    (tmp_path / "country" / "2026-11-22").mkdir(parents=True)
    scenario = replace(BY_NAME["disk-full"], settings=BY_NAME["disk-full"].settings | {"batches": 2})
    outcome = Rehearsal(tmp_path, print).play([scenario])
    assert wrong(scenario, outcome) == []
    (title, body) = outcome.messages[0]
    assert "2026-11-22 step receive_submissions.receive: NotEnoughSpace" in title
    assert "docs/runbooks/disk-full.md" in body
    assert not outcome.published and country.home.published.is_dir()
