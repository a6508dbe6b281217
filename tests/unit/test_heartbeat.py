"""The message of the night: what it says of a good night, of a stopped one, and of one without a quality file."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.files import point_symlink
from include.home import Home
from include.settings import Settings
from include.watch.board_facts import read_tonight
from include.watch.heartbeat import heartbeat_lines, tell_heartbeat
from tests.unit.quality_file import LAST_NIGHT, NIGHT, QualityFile


@pytest.fixture
def night() -> QualityFile:
    """Two counties of three reported; one household is held past the day on which a person must decide."""
    quality = QualityFile()
    for county, state in (("513431", "received"), ("513432", "missing"), ("533123", "received")):
        quality.account(county, state=state)
    quality.attempt("513431", "partly_accepted", {"households": (1997, 3, 0), "persons": (5990, 8, 2)})
    quality.attempt("533123", "accepted", {"households": (1500, 0, 0)})
    quality.rule("household-missing-village")
    quality.held("513431", 12, NIGHT)
    quality.gate("marts", "marts-is-whole")
    return quality


def told(tmp_path: Path, quality: QualityFile, published: bool) -> str:
    """The heartbeat's lines; the marts served are tonight's or last night's."""
    home = Home(tmp_path)
    quality.write(home.published)
    served = home.published / f"marts-{NIGHT if published else LAST_NIGHT:%Y-%m-%d}-1.duckdb"
    served.touch()
    point_symlink(home.published / "marts.duckdb", served.name)
    result = tell_heartbeat(home, Settings(home=tmp_path), NIGHT)
    assert result.counts == {"told": 0}, "no route is set"
    return result.notes[0]


def test_a_good_night_names_who_reported(tmp_path: Path, night: QualityFile) -> None:
    assert told(tmp_path, night, published=True) == "2026-11-21 已发布 published; 已报 reported: 2 / 3"


def test_a_stopped_night_says_what_is_served(tmp_path: Path, night: QualityFile) -> None:
    night.gate("marts", "mart-households-equal-warehouse", success=False)
    assert told(tmp_path, night, published=False) == (
        "2026-11-21 未发布 NOT published, 仍供 still served: 2026-11-20; 已报 reported: 2 / 3"
    )


def test_the_figures_add_up_and_the_failed_gate_is_named(tmp_path: Path, night: QualityFile) -> None:
    night.gate("marts", "mart-households-equal-warehouse", success=False)
    night.write(tmp_path)
    facts = read_tonight(Settings(home=tmp_path), tmp_path / f"quality-{NIGHT:%Y-%m-%d}-1.duckdb", NIGHT)
    lines = heartbeat_lines(NIGHT, LAST_NIGHT, facts)
    assert "gates failed: marts (1)" in lines[1]
    assert "收到 received 9,500 = 接收 accepted 9,487 + 暂缓 held 11 + 未读 rejected 2" in lines
    assert any("暂缓户 households held: 1" in line for line in lines)


def test_a_night_without_a_quality_file_or_a_publication_says_so() -> None:
    lines = heartbeat_lines(NIGHT, None, None)
    assert lines[0] == "2026-11-21 未发布 NOT published, 尚无 nothing is served yet"
    assert lines[1:] == ["本夜没有质量库 this night has no quality file"]
