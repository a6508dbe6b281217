"""The board says what the night's files say, loads nothing, and tells honestly which night its figures are of."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from include.home import Home
from include.settings import Settings
from include.watch.board import write_board
from tests.unit.html_page import Page
from tests.unit.quality_file import LAST_NIGHT, NIGHT, QualityFile, three_counties, write_open_file

MONTH = date(2026, 11, 1)


@pytest.fixture
def night() -> QualityFile:
    """Three counties with findings and held households; one gate has an advisory."""
    quality = three_counties()
    for row in (12, 40, 55):
        quality.finding("513431", "household-missing-village", row, state="standing" if row == 55 else "new")
        quality.held("513431", row, LAST_NIGHT if row == 55 else NIGHT, provisional=row == 40)
    quality.finding("513431", "household-missing-village", 99, state="cleared", last_night=LAST_NIGHT)
    for stage in ("submissions", "warehouse", "marts", "published", "disclosure"):
        quality.gate(stage, f"{stage}-is-whole")
    quality.gate("submissions", "few-offices-missing", success=False, suite="advisory")
    return quality


def publish_open(home: Home, published: date) -> None:
    write_open_file(
        home.published,
        published,
        {
            "quality.publication": [(published, None, 1, "SYNTHETIC 模拟数据")],
            "zone.zones": [
                ("A01", "乌蒙山区", "Wumeng Mountains", "contiguous_area"),
                ("Z1", "小区", "Small", "deep_poverty"),
            ],
            "zone.poverty_monthly": [
                ("zone", "A01", MONTH, "running", "households", 4321, 0.2),
                ("zone", "A01", MONTH, "running", "persons", 16_000, 0.125),
                ("zone", "A01", date(2026, 10, 1), "cut", "households", 9_999, 0.9),
                ("zone", "Z1", MONTH, "running", "households", None, None),
                ("zone", "Z1", MONTH, "running", "persons", None, None),
                ("nation", "CN", MONTH, "running", "persons", 80_000, 0.111),
            ],
            "zone.area_summary": [("nation", "CN", 20_000, 80_000, 7_000), ("province", "51", 12_000, 40_000, None)],
            "zone.cause_profile": [
                ("nation", "CN", MONTH, "running", "01", "因病", "illness", 2_500, 35.7),
                ("nation", "CN", MONTH, "running", "11", "自身发展动力不足", "lack of drive", 12, 0.2),
            ],
        },
    )


def board(tmp_path: Path, quality: QualityFile, published: date | None = NIGHT) -> Page:
    home = Home(tmp_path)
    quality.write(home.published)
    if published:
        publish_open(home, published)
    write_board(home, Settings(home=tmp_path), NIGHT)
    return Page(home.board / "index.html")


def test_the_tiles_and_the_table_of_offices_agree_with_the_night(tmp_path: Path, night: QualityFile) -> None:
    page = board(tmp_path, night)
    text = " ".join(page.text.split())
    assert "2 / 3" in text  # one county is missing
    assert "9,500" in text and "接收 9,487" in text and "暂缓 11" in text and "未读 2" in text and 9487 + 11 + 2 == 9500
    assert "新户暂列 provisional 1 · 待人决定 due for a decision 0" in text
    office = next(row for row in page.rows if row and row[0] == "昭觉县")
    assert office[1:6] == ["部分接收", "8,000", "7,987", "11", "2"] and office[7:] == ["3", "3", "2"]
    missing = next(row for row in page.rows if row and row[0] == "喜德县")
    assert missing[1:3] == ["未收到报送", "0"]
    assert [row[0] for row in page.rows].index("喜德县") < [row[0] for row in page.rows].index("昭觉县")
    rule = next(row for row in page.rows if row and row[0] == "题目 household-missing-village")
    assert rule[3:] == ["3", "2", "3", "1"]


def test_gates_zones_and_causes_are_told_and_small_numbers_stay_hidden(tmp_path: Path, night: QualityFile) -> None:
    page = board(tmp_path, night)
    assert "今晚已发布，各闸口均通过" in page.text and "数据截至 figures as of 2026-11-21" in " ".join(
        page.text.split()
    )
    assert "description of few-offices-missing" in page.text and "todo of few-offices-missing" in page.text
    assert page.text.count("✓") == 5 and "✕" not in page.text
    assert ["乌蒙山区", "4,321", "16,000", "12.5 %"] in page.rows
    assert ["小区", "—", "—", "—"] in page.rows
    assert ["四川省", "12,000", "—", "—"] in page.rows
    assert "原因待核实" in page.text and "自身发展动力不足" not in page.source and "lack of drive" not in page.source


def test_a_failed_gate_is_the_first_thing_and_the_figures_keep_their_own_night(
    tmp_path: Path, night: QualityFile
) -> None:
    night.gate("marts", "mart-households-equal-warehouse", success=False)
    page = board(tmp_path, night, published=LAST_NIGHT)
    text = " ".join(page.text.split())
    assert "今晚有闸口未通过：集市" in text and "下面的数据仍是 2026-11-20 的" in text
    assert "A gate said no tonight: marts. The figures below are still those of 2026-11-20." in text
    assert "✕ 集市" in text and "description of mart-households-equal-warehouse" in text
    assert text.index("今晚有闸口未通过") < text.index("已报单位")


def test_without_a_quality_layer_or_a_publication_the_board_says_so(tmp_path: Path, night: QualityFile) -> None:
    night.rows["reporting"].clear()
    page = board(tmp_path, night, published=None)
    assert "今晚的质量层未能构建" in page.text and "尚无发布" in page.text and "✓" in page.text
    (tmp_path / "published" / "quality.duckdb").unlink()
    (tmp_path / "published" / f"quality-{NIGHT}-1.duckdb").unlink()
    write_board(Home(tmp_path), Settings(home=tmp_path), NIGHT)
    assert "今晚没有质量文件" in Page(tmp_path / "board" / "index.html").text


def test_an_older_night_run_again_leaves_this_mornings_board(tmp_path: Path, night: QualityFile) -> None:
    page = board(tmp_path, night)
    result = write_board(Home(tmp_path), Settings(home=tmp_path), LAST_NIGHT)
    assert result.notes == ("the board of 2026-11-21 stays",)
    assert Page(tmp_path / "board" / "index.html").source == page.source


def test_the_page_is_self_contained_and_names_no_household(tmp_path: Path, night: QualityFile) -> None:
    page = board(tmp_path, night)
    assert page.loads == [] and "script" not in page.tags and "url(" not in page.source
    assert "SYNTHETIC 模拟数据" in page.text
    assert "513431-H" not in page.source and "H00012" not in page.source
    first = page.source
    write_board(Home(tmp_path), Settings(home=tmp_path), NIGHT)
    assert (tmp_path / "board" / "index.html").read_text(encoding="utf-8") == first
