"""The message of the night: what it says of a good night, of a stopped one, and of one without a quality file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from include.files import point_symlink
from include.home import Home
from include.settings import Settings
from include.warehouse.versions import Version, point
from include.watch.alerts import notify_heartbeat
from include.watch.board_facts import read_tonight
from include.watch.heartbeat import heartbeat_lines, tell_heartbeat
from tests.alerts import Loopback
from tests.unit.quality_file import LAST_NIGHT, NIGHT, QualityFile, three_counties


@pytest.fixture
def night() -> QualityFile:
    """Three counties, of which one household is held."""
    quality = three_counties()
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


def test_a_night_on_which_no_gate_ran_does_not_say_that_all_passed() -> None:
    from include.watch.board_facts import Tonight

    lines = heartbeat_lines(NIGHT, LAST_NIGHT, Tonight(False, (), {}, (), ()))
    assert "没有闸口运行 no gate ran" in lines and not any("passed" in line for line in lines)


def test_an_older_night_run_again_does_not_say_that_it_is_served() -> None:
    (headline, *_) = heartbeat_lines(LAST_NIGHT, NIGHT, None)
    assert headline == "2026-11-20 未发布 NOT published, 仍供 still served: 2026-11-21"


def test_a_heartbeat_that_cannot_be_told_does_not_hide_why_the_night_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before receive has run nothing of the night is there, and its quality file is damaged."""
    from include import night as steps
    from include.result import Result

    home = Home(tmp_path)
    home.published.mkdir()
    (home.published / f"quality-{NIGHT:%Y-%m-%d}-1.duckdb").write_bytes(b"no database")

    def stop(*_: object, **__: object) -> Result:
        raise OSError("the disk is gone")

    def nothing(*_: object) -> Result:
        return Result("nothing", NIGHT)

    monkeypatch.setattr(steps, "receive", stop)
    for name in ("build", "publish_quality", "letters", "board"):
        monkeypatch.setattr(steps, name, nothing)
    said: list[Result] = []
    with pytest.raises(OSError, match="the disk is gone"):
        steps.run(home, Settings(home=tmp_path, batches=1), NIGHT, said.append)
    assert said[-1].step == "heartbeat" and "not told: " in said[-1].notes[0]


def test_a_night_without_a_quality_file_or_a_publication_says_so() -> None:
    lines = heartbeat_lines(NIGHT, None, None)
    assert lines[0] == "2026-11-21 未发布 NOT published, 尚无 nothing is served yet"
    assert lines[1:] == ["本夜没有质量库 this night has no quality file"]


def test_a_night_whose_marts_are_not_served_is_never_ok(tmp_path: Path, loopback: Loopback) -> None:
    """Whatever the alerts say: none stands, for the one about it was ended by mistake or never opened."""
    home = Home(tmp_path)
    home.published.mkdir()
    for night, title in (
        (LAST_NIGHT, "[未发布 NOT PUBLISHED] 2026-11-21 未发布 NOT published, 仍供 still served: 2026-11-20"),
        (NIGHT, "[正常 OK] 2026-11-21 已发布 published"),
    ):
        served = Version(night, 1, "marts")
        (home.published / served.file_name).touch()
        point(home, served)
        tell_heartbeat(home, loopback.settings, NIGHT)
        assert loopback.hooks[-1]["title"].startswith(title)
        assert loopback.hooks[-1]["type"] == ("success" if night == NIGHT else "failure")


def test_an_older_night_that_is_run_again_is_no_news(tmp_path: Path, loopback: Loopback) -> None:
    home = Home(tmp_path)
    older, newer = date(2026, 11, 20), date(2026, 11, 21)
    for night in (older, newer):
        notify_heartbeat(home, loopback.settings, night, [f"{night} published"], published=True)
    notify_heartbeat(home, loopback.settings, older, [f"{older} NOT published"], published=False)
    assert [hook["title"].split("] ")[1].split(" ·")[0] for hook in loopback.hooks] == [
        f"{night} published" for night in (older, newer)
    ]
