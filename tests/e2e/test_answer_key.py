"""The answer key both ways on one seed; `make answer-key` plays every kind alone, on five seeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.country.fault_kinds import KINDS, KINDS_EVERYWHERE, kind_names, needs_second_night
from include.country.make import NONE
from include.demo import answer_key
from include.demo.answer_key import Compared, play, read_findings, read_key
from tests.conftest import PlayedCountry

SEED = 1
ALONE = ("date_unreadable", "required_missing", "row_twice", "income_parts", "missing_file")
"""One kind each of a cell, a blank, a row, a household and a package."""


def test_all_kinds_together_are_found_and_nothing_else_is(played_country: PlayedCountry) -> None:
    expected, planted = read_key(played_country.folder / "answer_key.csv")
    assert planted > 40
    assert read_findings(played_country.home, played_country.settings) == expected


@pytest.mark.parametrize("kind", ALONE)
def test_a_kind_alone_is_found_in_each_way_of_writing_files(tmp_path: Path, kind: str) -> None:
    compared = play(tmp_path, kind, SEED, 2 if needs_second_night(kind) else 1, counties=4, households=240)
    assert compared.missed == frozenset()
    assert compared.extra == frozenset()
    found_in = {submitter for _, submitter, _, _, expect in compared.caught if not expect.startswith("column-")}
    assert len(found_in) == 4, "UTF-8, GB18030, English headers and xlsx: each office's file shows it"
    assert {path.suffix for path in (tmp_path / "country").glob("2026-*/*/persons.*")} == {".csv", ".xlsx"}


def test_a_country_without_faults_has_nothing_held_or_refused(tmp_path: Path) -> None:
    compared = play(tmp_path, NONE, SEED, nights=2, counties=4, households=240)
    assert (compared.held, compared.refused) == (0, 0)
    assert compared.found == compared.expected, "only the columns that came by habit"


def test_each_kind_has_a_name_of_its_own() -> None:
    names = kind_names()
    assert len(names) == len(set(names))
    assert {kind.name for kind in (*KINDS, *KINDS_EVERYWHERE)} < set(names)
    assert needs_second_night("missing_file")
    assert not needs_second_night("row_twice")


def test_a_miss_an_extra_and_an_empty_key_are_each_told(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = (
        ("2026-11-20", "513437", "persons", "2", "a:explain"),
        ("2026-11-20", "513437", "persons", "3", "a:explain"),
    )
    both = frozenset({one, other})
    results = {
        "good": Compared(both, both, planted=2, held=0, refused=0),
        "missed": Compared(both, frozenset({one}), planted=2, held=0, refused=0),
        "extra": Compared(frozenset({one}), both, planted=1, held=0, refused=0),
        "empty": Compared(frozenset(), frozenset(), planted=0, held=0, refused=0),
        NONE: Compared(frozenset(), frozenset(), planted=0, held=1, refused=0),
    }
    monkeypatch.setattr(answer_key, "_compare", lambda kind, _seed: results[kind])
    lines: list[str] = []
    assert answer_key.run(["good"], [1], lines.append)
    for kind in ("missed", "extra", "empty", NONE):
        assert not answer_key.run([kind], [1], lines.append), kind
    text = "\n".join(lines)
    assert f"seed 1 missed: {' '.join(other)}" in text
    assert f"seed 1 extra: {' '.join(other)}" in text
    assert "nothing was planted" in text
    assert "held 1" in text
