"""Every path of the state is stated in include/home.py, and the lake has no folder that it does not name."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from include.home import LAKE_KINDS, Home

INCLUDE = Path(__file__).resolve().parents[2] / "include"
NIGHT = date(2026, 11, 20)


def test_nobody_else_puts_a_name_behind_the_state_folder() -> None:
    """What `include.demo` lays beside the state, its country, is its own."""
    sources = [path for path in INCLUDE.rglob("*.py") if path.name != "home.py" and path.parent.name != "demo"]
    assert len(sources) > 150
    stated = re.compile(r"""\b(?:home\.root|settings\.home)(?:\.absolute\(\))?\s*/\s*f?["']""")
    assert [path.name for path in sources if stated.search(path.read_text(encoding="utf-8"))] == []
    assert stated.search((INCLUDE / "demo" / "show.py").read_text(encoding="utf-8")), "the pattern finds one"


def test_the_lake_has_the_kinds_that_are_named_and_no_other(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert len(set(LAKE_KINDS)) == len(LAKE_KINDS)
    for kind in LAKE_KINDS:
        file = home.lake_file(kind, NIGHT, "0-of-4")
        assert file == home.lake / kind / "night=2026-11-20" / "0-of-4.parquet"
        assert file.match(home.lake_glob(kind, night=NIGHT)) and file.match(home.lake_glob(kind))
    for ask in (lambda: home.lake_file("findings", NIGHT, "0-of-4"), lambda: home.lake_glob("findings")):
        with pytest.raises(ValueError, match="no kind 'findings': name it in LAKE_STEPS"):
            ask()
