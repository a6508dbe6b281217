"""The board says what the night's files say, loads nothing, and tells honestly which night its figures are of."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from include import kill_points
from include.home import Home
from include.intake.submitters import province_codes
from include.settings import Settings
from include.watch.board import write_board
from include.watch.board_facts import read_tonight
from include.watch.heartbeat import digest
from include.watch.pages import charts
from include.watch.pages.office_facts import read_offices
from include.watch.pages.picture import changes
from include.watch.pages.places import counties_in_force, tiles
from include.watch.state import alert_book
from tests.unit.html_page import Page
from tests.unit.quality_file import LAST_NIGHT, NIGHT, QualityFile, three_counties, write_open_file

MONTH = date(2026, 11, 1)


@pytest.fixture
def night() -> QualityFile:
    """Three counties with findings and held households; one gate has an advisory."""
    quality = three_counties()
    for row in (12, 40, 55):
        state, first = ("standing", LAST_NIGHT) if row == 55 else ("new", NIGHT)
        quality.finding("513431", "household-missing-village", row, state=state, first_night=first)
        quality.held("513431", row, LAST_NIGHT if row == 55 else NIGHT, provisional=row == 40)
    quality.finding(
        "513431", "household-missing-village", 99,
        state="cleared", first_night=LAST_NIGHT, last_night=LAST_NIGHT, cleared_night=NIGHT,
    )  # fmt: skip
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
                ("province", "51", MONTH, "running", "households", 12_000, None),
                ("nation", "CN", MONTH, "running", "persons", 80_000, 0.111),
            ],
            "zone.area_summary": [("nation", "CN", 20_000, 80_000, 7_000), ("province", "51", 12_000, 40_000, None)],
            "zone.cause_profile": [
                ("nation", "CN", MONTH, "running", "01", "因病", "illness", 2_500, 35.7),
                ("nation", "CN", MONTH, "running", "11", "自身发展动力不足", "lack of drive", 12, 0.2),
            ],
            "responsibility.duty_gap_counts": [
                ("nation", "CN", "no_helper", 31),
                ("province", "51", "no_helper", 17),
                ("province", "53", "no_helper", None),
            ],
            "responsibility.promise_counts": [
                ("designated", "nation", "CN", "jobs", 40, 2, 20, 1, 3, 0),
                ("designated", "nation", "CN", "purchases", 30, 1, 10, 0, 0, 4),
                ("east_west", "nation", "CN", "jobs", 9, 0, 3, 1, 0, 0),
                ("designated", "province", "51", "jobs", 12, 2, 5, 0, 0, 0),
            ],
            "responsibility.designations": [
                ("513431B0001", "模拟甲单位", "513431", date(2020, 12, 31), "ended", None),
                ("513431B0002", "模拟乙单位", "513431", None, "lasting", None),
                ("513432B0001", "模拟丙单位", "513432102201", date(2026, 5, 24), "ended_without_successor", 180),
            ],
            "zone.experiences": [
                (
                    "513431-513431X0001",
                    "513431",
                    "农闲办班",
                    "M-TRAIN",
                    "技能培训",
                    "Skills training",
                    "01",
                    "因病",
                    "illness",
                    "513431102201",
                    None,
                    "村里办班",
                    "按岗位出题",
                    None,
                    "模拟昭觉县乡村振兴局",
                ),
            ],
            "zone.experience_zones": [("513431-513431X0001", "Z1", 2), ("513431-513431X0001", "A01", 1)],
            "zone.practices": [
                ("M-TRAIN", "技能培训", "Skills training", 2025, "B", "raised", None, 1240, 1100, 1380),
                ("M-TOUR", "乡村旅游", "Village tourism", 2025, "C", "none_shown", None, 90, -50, 230),
                ("M-PV", "光伏帮扶", "Photovoltaic income", 2025, "refused", "refused", "pre-trend", None, None, None),
            ],
        },
    )


def write(tmp_path: Path, quality: QualityFile, published: date | None = NIGHT) -> Path:
    """Write the board; returns its folder."""
    home = Home(tmp_path)
    quality.write(home.published)
    if published:
        publish_open(home, published)
    write_board(home, Settings(home=tmp_path), NIGHT)
    return home.board


def words(page: Page) -> str:
    return " ".join(page.text.split())


def row_of(page: Page, first: str) -> list[str]:
    """The cells of the table row that begins so, English and Chinese together, spaces squeezed."""
    return [" ".join(cell.split()) for cell in next(row for row in page.rows if row and row[0].startswith(first))]


def test_figures_and_offices_agree_with_the_night(tmp_path: Path, night: QualityFile) -> None:
    page = Page(write(tmp_path, night) / "index.html")
    text = words(page)
    assert "2 / 3" in text, "one county is missing"
    assert "接收 accepted 9,487" in text and "暂缓 held 11" in text and "未读 rejected 2" in text
    assert "9,500" in text and 9487 + 11 + 2 == 9500
    assert "其中新户 new among them 1 · 逾期 past their day 0 · 最早修正期限 mend the first before 2026-12-04" in text
    office = row_of(page, "昭觉县")
    assert office[3:9] == ["8,000", "11", "2", "3", "3", "2"]
    order = [row[0] for row in page.rows if row]
    assert order.index("喜德县") < order.index("昭觉县"), "who sent nothing comes first"
    assert row_of(page, "题目 household-missing-village")[3:] == ["3", "2", "1", "3", "1"]


def test_it_says_first_who_should_act_and_that_this_is_no_nation(tmp_path: Path, night: QualityFile) -> None:
    page = Page(write(tmp_path, night) / "index.html")
    text = words(page)
    assert (
        f"3 of the nation's {counties_in_force(NIGHT):,} counties report here" in text
        and "Not a national picture:" in text
    )
    assert "其中县 of them counties 2 / 3" in text
    assert "Nothing was taken of 1 of 3 counties; 3 households of 1 county are held until mended." in text
    assert "Ring 1 office from which nothing came 2026-11-22 22:00 前 by 2026-11-22 22:00" in text
    assert "最早一户 2026-12-04 前 the first before 2026-12-04" in text
    assert "Ring 1 office from which nothing came" in text
    assert "1 office to mend 3 held households by their letters" in text
    assert "from 2026-12-04 on the lead rings about what is not mended" in text
    assert "held past the date" not in text
    assert text.index("Ring 1 office") < text.index("1 office to mend") < text.index("Look at these first")


def test_what_holds_households_is_named_and_not_what_else_must_be_mended(tmp_path: Path, night: QualityFile) -> None:
    """A row of no household, or of one that nobody registered, is to be mended too and holds nobody."""
    for rule in ("income-part-missing", "row-of-no-household"):
        night.rule(rule)
    for row in (61, 62, 63, 64):
        night.finding("513431", "row-of-no-household", row)
    night.held("513431", 70, NIGHT, held_by="household-missing-village,income-part-missing")
    night.held("513431", 71, NIGHT, held_by="income-part-missing")
    acts = words(Page(write(tmp_path, night) / "index.html")).split("Look at these first")[0]
    named = "title of income-part-missing (2 households), title of household-missing-village (1 household)."
    assert f"Most often: {named}" in acts
    assert "row-of-no-household" not in acts


def test_what_is_due_for_a_decision_is_the_first_act(tmp_path: Path, night: QualityFile) -> None:
    night.held("513431", 77, date(2026, 11, 1))
    text = words(Page(write(tmp_path, night) / "index.html"))
    assert "Ring about 1 household held past the date" in text
    assert text.index("held past the date") < text.index("Ring 1 office")


def test_only_what_a_breaker_holds_is_sent_to_release_county_and_every_night_until_it_is_answered(
    tmp_path: Path, night: QualityFile
) -> None:
    night.held("513431", 77, date(2026, 11, 1))
    acts = words(Page(write(tmp_path / "none", night) / "index.html")).split("Offices whose report")[0]
    assert "release_county" not in acts and "held-households.md" in acts
    night.attempt("533123", "partly_accepted", {}, number=1, night=LAST_NIGHT)
    night.rows["attempts"][-1]["attempt_id"] = "533123-00001"
    for rule in ("breaker-vanished-households", "breaker-vanished-persons"):
        night.add("verdicts", night=LAST_NIGHT, submitter="533123", county_id="533123", attempt_id="533123-00001",
                  rule=rule, verdict="hold", measured=60, threshold=50)  # fmt: skip
    acts = words(Page(write(tmp_path / "held", night) / "index.html")).split("Offices whose report")[0]
    assert "Decide on 1 package that a breaker holds" in acts and "release_county" in acts
    facts = read_tonight(Settings(home=tmp_path), tmp_path / "held/published" / f"quality-{NIGHT}-1.duckdb", NIGHT)
    assert digest(NIGHT, facts)[0] == (
        "县级熔断 held by a breaker: 533123 breaker-vanished-households (60 > 50), "
        "待人决定 waits for release_county, 自 since 2026-11-20"
    )


def test_what_changed_since_the_night_before(tmp_path: Path, night: QualityFile) -> None:
    for county, state in (("513431", "missing"), ("513432", "received"), ("533123", "received")):
        night.account(county, state=state, night=LAST_NIGHT)
    board = write(tmp_path, night)
    text = words(Page(board / "index.html"))
    assert re.search(r"Taken then, not now1 喜德县 恢复接收 Taken again1 昭觉县", text)
    assert "Findings open2 → 3" in text, "one was cleared, two are new"
    history = Page(board / "offices" / "513431.html")
    assert row_of(history, "2026-11-20")[1:] == ["未收到报送nothing arrived", "0", "0", "0", "0", "2", "0", "2"]
    assert row_of(history, "2026-11-21")[2:] == ["8,000", "7,987", "11", "2", "2", "1", "3"]
    assert "By night: findings open" in words(history)


def test_the_history_ends_on_what_the_tile_says(tmp_path: Path, night: QualityFile) -> None:
    """What was explained or is our own fault is open in neither, nor counted as come or gone on an earlier night."""
    two_ago = LAST_NIGHT - timedelta(days=1)
    for when in (two_ago, LAST_NIGHT):
        night.account("513431", state="received", night=when)
    told = {"rule": "household-missing-village", "last_night": LAST_NIGHT}
    night.finding("513431", row=70, state="explained", first_night=two_ago, explained_night=LAST_NIGHT, **told)
    night.finding("513431", row=71, state="explained", first_night=LAST_NIGHT, explained_night=NIGHT, **told)
    night.finding(
        "513431", row=72, state="cleared", first_night=two_ago, explained_night=LAST_NIGHT, cleared_night=NIGHT, **told
    )
    night.finding("513431", row=73, state="ours", first_night=two_ago, **told)
    night.finding("513431", "household-missing-village", 74, state="ours")
    quality, settings = night.write(tmp_path), Settings(home=tmp_path)
    offices, tonight = read_offices(settings, quality, NIGHT), read_tonight(settings, quality, NIGHT)
    counted = {row["night"]: (row["fresh"], row["cleared"], row["findings"]) for row in offices.history["513431"]}
    assert counted == {two_ago: (2, 0, 2), LAST_NIGHT: (3, 0, 3), NIGHT: (2, 2, 3)}, "new, cleared, open"
    (tile,) = [office for office in tonight.offices if office["submitter"] == "513431"]
    assert counted[NIGHT] == (tile["fresh"], tile["cleared"], tile["findings"])
    told_changes = changes(offices)
    assert told_changes is not None
    assert (told_changes.findings_before, told_changes.findings) == (3, sum(tonight.findings.values()))


def test_an_office_s_page_says_what_to_mend_first(tmp_path: Path, night: QualityFile) -> None:
    page = Page(write(tmp_path, night) / "offices" / "513431.html")
    text = words(page)
    assert "Mend this first 题目 household-missing-village title of household-missing-village" in text
    assert "findings: 3, households: 3, since 2026-11-20" in text and "mend of household-missing-village" in text
    assert row_of(page, "题目 household-missing-village")[2:6] == ["2", "1", "1", "3"]
    assert f"../../outbox/513431/{NIGHT}/letter.html" in page.loads


def test_an_office_s_page_tells_its_data_quality_score_and_trend(tmp_path: Path, night: QualityFile) -> None:
    night.account("513431", state="received", night=LAST_NIGHT)
    night.score("513431", LAST_NIGHT, 12, 9)
    night.score("513431", NIGHT, 13.5)
    offices = write(tmp_path, night) / "offices"
    office = Page(offices / "513431.html")
    assert "Data quality score 90.0 / 100" in words(office)
    assert "data quality score: 70.0, 90.0" in office.source
    assert row_of(office, "有效性")[1:] == ["指标validityindicator validity", "135", "150", "13.5", "15"]
    assert row_of(office, "修正速度")[2:] == ["—", "—", "无数据no evidence", "15"]
    assert "Data quality score" not in words(Page(offices / "533123.html"))


def test_a_refused_package_is_told_with_its_reason(tmp_path: Path, night: QualityFile) -> None:
    night.rule("package-without-manifest", "reject")
    night.account("533124", state="refused")
    night.attempt("533124", "rejected", {}, refusal="package-without-manifest")
    board = write(tmp_path, night)
    index = words(Page(board / "index.html"))
    assert "1 office must send again" in index and "could not be taken题目 package-without-manifest" in index
    reason = "云南省 Yunnan 题目 package-without-manifest title of package-without-manifest"
    assert reason in index[: index.index("Look at these first")], "the reason stands beside the name, without a click"
    text = words(Page(board / "offices" / "533124.html"))
    assert (
        "must be sent again by 2026-11-22 22:00. 题目 package-without-manifest title of package-without-manifest"
        in text
    )
    assert "mend of package-without-manifest" in text


def test_what_was_taken_counts_also_when_a_later_package_of_the_night_was_refused(
    tmp_path: Path, night: QualityFile
) -> None:
    """Its accepted rows are no "nothing was taken"; the refusal is told beside it, once, with its reason."""
    night.rule("package-without-manifest", "reject")
    night.account("533124", outcome="accepted", later_outcome="rejected", later_reason="package-without-manifest")
    night.account("533124", night=LAST_NIGHT)
    night.attempt("533124", "accepted", {"households": (2269, 0, 0)}, number=2)
    night.attempt("533124", "rejected", {}, number=3, refusal="package-without-manifest")
    night.finding("533124", "package-without-manifest", None, severity="reject", dataset=None, file=None, column=None)
    board = write(tmp_path, night)
    index = words(Page(board / "index.html"))
    assert "3 / 4" in index and "Nothing was taken of 1 of 4 counties" in index, "513432 alone sent nothing"
    acts = index[index.index("Who should act") : index.index("Offices whose report was taken")]
    assert "1 office must send a later package of the night again" in acts and "counts" in acts
    assert "title of package-without-manifest" in acts
    assert "1 office must send again" not in acts, "it is told once"
    text = words(Page(board / "offices" / "533124.html"))
    assert "已接收 accepted" in text and "A later package of that night could not be taken" in text
    assert "title of package-without-manifest" in text and "Mend this first" not in text
    facts = read_offices(Settings(home=tmp_path), tmp_path / "published" / f"quality-{NIGHT}-1.duckdb", NIGHT)
    assert facts.state_on("533124", NIGHT) == "accepted" and facts.silent_nights("533124") == 0


def test_a_package_that_an_office_took_back_is_on_the_board(tmp_path: Path, night: QualityFile) -> None:
    night.account("533124", state="nothing_due", withdrawn=1)
    night.attempt("533124", "accepted", {})
    night.rows["attempts"][-1]["nothing_due"] = True
    board = write(tmp_path, night)
    first = words(Page(board / "index.html")).split("Look at these first")[1]
    assert "撤回以前的报送 1 个 packages taken back: 1" in first
    text = words(Page(board / "offices" / "533124.html"))
    assert "Packages that the office took back that night: 1." in text


def test_what_an_older_code_left_is_counted_with_the_new_one(tmp_path: Path, night: QualityFile) -> None:
    """A county was recoded in between: what its old code sent is held and stands under the new one, and once."""
    for at in (LAST_NIGHT, NIGHT):
        code = "610928" if at == LAST_NIGHT else "610981"
        night.account(code, county_id="610928", night=at)
        night.attempt(code, "partly_accepted", {"households": (1, 1, 0)}, night=at)
        night.rows["attempts"][-1] |= {"county_id": "610928", "attempt_id": f"{code}-00001"}
    night.account("610928", county_id="610928", state="missing")  # the old account is still there
    night.held("610928", 12, LAST_NIGHT)
    night.rows["held_households"][-1]["attempt_id"] = "610928-00001"
    for row in (12, 13):
        night.finding(
            "610928", "household-missing-village", row, state="standing", first_night=LAST_NIGHT, last_night=LAST_NIGHT
        )
    night.finding("610981", "household-missing-village", 14, county_id="610928")
    quality, settings = night.write(tmp_path), Settings(home=tmp_path)
    tonight, offices = read_tonight(settings, quality, NIGHT), read_offices(settings, quality, NIGHT)
    new, old = (next(row for row in tonight.offices if row["submitter"] == code) for code in ("610981", "610928"))
    assert (new["held_households"], new["findings"], new["fresh"]) == (1, 3, 1)
    assert (old["held_households"], old["findings"]) == (0, 0)
    assert sum(row["held_households"] for row in tonight.offices) == tonight.held["households"]
    assert sum(row["findings"] for row in tonight.offices) == sum(tonight.findings.values())
    assert offices.history["610981"][-1]["findings"] == 3 and "610981" not in {
        code for code, rows in offices.history.items() if rows[0]["night"] == LAST_NIGHT
    }
    assert [rule["rule"] for rule in offices.rules["610981"]] == ["household-missing-village"]


def test_after_a_refusal_older_findings_come_second(tmp_path: Path, night: QualityFile) -> None:
    night.rule("package-without-manifest", "reject")
    night.account("533124", state="refused")
    night.attempt("533124", "rejected", {}, refusal="package-without-manifest")
    night.finding(
        "533124", "household-missing-village", 4, state="standing", first_night=LAST_NIGHT, last_night=LAST_NIGHT
    )
    board = write(tmp_path, night)
    text = words(Page(board / "offices" / "533124.html"))
    assert "Mend this first" not in text and "When you send again, mend this too: it was told before" in text
    assert "mend first: " not in row_of(Page(board / "index.html"), "陇川县")[1]


def test_a_file_that_could_not_be_read_is_somebody_s_to_send_again(tmp_path: Path, night: QualityFile) -> None:
    night.rule("file-not-what-it-says", "reject")
    night.finding("533123", "file-not-what-it-says", None, severity="reject", column=None)
    text = words(Page(write(tmp_path, night) / "index.html"))
    acts = text[text.index("Who should act") : text.index("Offices whose report was taken")]
    assert "1 office must send again what could not be read; the rest was taken 2026-11-22 22:00 前" in acts
    assert "title of file-not-what-it-says" in acts
    assert "无法读取 cannot be read 1 · 必须修正 must be mended 3" in text, "open findings are counted by severity"


def test_a_night_on_which_all_was_taken_begins_with_that(tmp_path: Path) -> None:
    quality = QualityFile()
    for county in ("513431", "513432"):
        quality.account(county)
        quality.attempt(county, "accepted", {"households": (5, 0, 0)})
    board = write(tmp_path, quality)
    for page in ("index.html", "provinces/51.html"):
        text = Page(board / page)
        assert "Reports of all 2 counties were taken." in words(text) and 'class="banner good"' in text.source


def test_an_office_that_is_held_whole_is_somebody_s_to_look_at(tmp_path: Path, night: QualityFile) -> None:
    night.rule("breaker-vanished", "must_fix")
    night.account("533124")
    night.attempt("533124", "held", {"households": (0, 900, 0)}, reason="breaker-vanished")
    board = write(tmp_path, night)
    assert "Look at 1 office whose package is held whole" in words(Page(board / "index.html"))
    text = words(Page(board / "offices" / "533124.html"))
    assert "The package is held whole. 题目 breaker-vanished title of breaker-vanished." in text


def test_gates_zones_causes_and_duty_are_told_and_small_numbers_stay_hidden(tmp_path: Path, night: QualityFile) -> None:
    board = write(tmp_path, night)
    index = Page(board / "index.html")
    assert "数据已发布，各闸口均通过" in index.text and "Open figures as of 2026-11-21." in words(index)
    assert "description of few-offices-missing" in index.text and "todo of few-offices-missing" in index.text
    assert index.text.count("✓") == 5 and "✕" not in index.text
    zones = Page(board / "zones.html")
    assert row_of(zones, "乌蒙山区")[1:4] == ["4,321", "16,000", "12.5 %"]
    assert row_of(zones, "小区")[1:4] == ["—", "—", "—"]
    assert row_of(zones, "四川省")[1:4] == ["12,000", "—", "—"]
    assert "原因待核实" in zones.text
    for page in board.rglob("*.html"):
        source = page.read_text(encoding="utf-8")
        assert page.name == "dictionary.html" or ("自身发展动力不足" not in source and "lack of drive" not in source)
    duty = Page(board / "responsibility.html")
    assert row_of(duty, "四川省")[1] == "17" and row_of(duty, "云南省")[1] == "—"


def test_promises_are_counted_by_scheme_and_who_was_left_without_is_named(tmp_path: Path, night: QualityFile) -> None:
    duty = Page(write(tmp_path, night) / "responsibility.html")
    pairings, designated = (row for row in duty.rows if row and row[0].startswith("全部All") and len(row) > 3)
    assert pairings[1:] == ["9", "0", "3", "1", "0", "0"]
    assert designated[1:] == ["70", "3", "30", "1", "3", "4"], "the indicators of a scheme are added up"
    assert [row[1:] for row in duty.rows if row and row[0].startswith("四川省")][-1] == ["12", "2", "5", "0", "0", "0"]
    assert row_of(duty, "喜德县")[1:] == ["模拟丙单位", "2026-05-24", "180"]
    assert "模拟甲单位" not in duty.text and "模拟乙单位" not in duty.text


def test_practice_is_told_with_interval_and_grade_or_not_at_all(tmp_path: Path, night: QualityFile) -> None:
    zones = Page(write(tmp_path, night) / "zones.html")
    assert row_of(zones, "技能培训")[1:] == ["1,240", "1,100 – 1,380", "B"]
    assert row_of(zones, "乡村旅游")[1:] == ["未显示出效果no effect shown", "-50 – 230", "C"]
    assert "光伏帮扶" not in zones.text and "Of 1 more measures no effect is told" in words(zones)


def test_an_experience_is_the_countys_word_with_the_office_to_ask(tmp_path: Path, night: QualityFile) -> None:
    text = words(Page(write(tmp_path, night) / "zones.html"))
    told = text[text.index("县里的经验做法") :]
    assert "农闲办班 · 技能培训 Skills training · 昭觉县" in told
    assert "村里办班" in told and "按岗位出题" in told and "模拟昭觉县乡村振兴局" in told
    assert "乌蒙山区、小区" in told, "the zones where the cause weighs most come first"
    assert "result, in the county's words" not in told, "a result that the county does not tell is not made up"


def test_a_failed_gate_is_the_first_thing_and_the_figures_keep_their_own_night(
    tmp_path: Path, night: QualityFile
) -> None:
    night.gate("published", "published-is-whole-too", success=False)
    night.gate("marts", "mart-households-equal-warehouse", success=False)
    with alert_book(Home(tmp_path)) as book:
        book.see("gate:submissions", LAST_NIGHT, ["a"])
        book.see("step:county_letters.letters", LAST_NIGHT, ["OSError"])
        book.see("step:receive_submissions.fetch", LAST_NIGHT, ["RemoteInboxTrouble"])
    text = words(Page(write(tmp_path, night, published=LAST_NIGHT) / "index.html"))
    assert "A gate said no: 集市 marts, 发布 published." in text
    assert "The published figures are still those of 2026-11-20." in text
    assert "no first: description of mart-households-equal-warehouse; 1 more failed after it" in text
    assert "See docs/runbooks/gate-marts.md" in text
    assert "An alert stands: step county_letters.letters, since 2026-11-20" in text
    assert "Signs: RemoteInboxTrouble. See docs/runbooks/remote-inbox.md" in text
    assert "gate submissions" not in text and "gate:submissions" not in text, "that gate let this night through"
    assert text.index("A gate said no") < text.index("said no first") < text.index("Ring 1 office")


def test_without_a_quality_layer_or_a_publication_the_board_says_so(tmp_path: Path, night: QualityFile) -> None:
    board = write(tmp_path, night)
    office = (board / "offices" / "513431.html").read_bytes()
    night.rows["reporting"].clear()
    for file in (tmp_path / "published").iterdir():
        file.unlink()
    write(tmp_path, night, published=None)
    page = Page(board / "index.html")
    assert "当夜的质量层未能构建" in page.text and "尚无发布" in page.text and "✓" in page.text
    assert (board / "offices" / "513431.html").read_bytes() == office, "its last page stays, with its night on it"
    for file in (tmp_path / "published").iterdir():
        file.unlink()
    write_board(Home(tmp_path), Settings(home=tmp_path), NIGHT)
    assert "当夜没有质量文件" in Page(board / "index.html").text


def test_an_older_night_run_again_leaves_this_mornings_board(tmp_path: Path, night: QualityFile) -> None:
    board = write(tmp_path, night)
    source = Page(board / "index.html").source
    result = write_board(Home(tmp_path), Settings(home=tmp_path), LAST_NIGHT)
    assert result.notes == ("the board of 2026-11-21 stays",)
    assert Page(board / "index.html").source == source


class Links(HTMLParser):
    """Every address of a page, those inside charts too."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]


def dead_links(board: Path) -> list[str]:
    """Links between the pages that lead nowhere; letters are written beside them."""
    return [
        f"{page.name}: {link}"
        for page in board.rglob("*.html")
        for link in Links(page).found
        if not link.startswith("#") and "outbox" not in link and not (page.parent / link).is_file()
    ]


def test_the_pages_lead_to_each_other_load_nothing_and_name_no_household(tmp_path: Path, night: QualityFile) -> None:
    board = write(tmp_path, night)
    assert dead_links(board) == []
    map_links = [link for link in Links(board / "index.html").found if link.startswith("provinces/")]
    assert {"provinces/51.html", "provinces/53.html"} <= set(map_links)
    before = {page: page.read_bytes() for page in board.rglob("*.html")}
    assert len(before) == 6 + 2 + 3
    for source in (content.decode() for content in before.values()):
        assert "SYNTHETIC 模拟数据" in source and "://" not in source and "url(" not in source and "src=" not in source
        assert "513431-H" not in source and "H00012" not in source
    write_board(Home(tmp_path), Settings(home=tmp_path), NIGHT)
    assert {page: page.read_bytes() for page in board.rglob("*.html")} == before


def test_pages_of_offices_that_are_gone_are_removed(tmp_path: Path, night: QualityFile) -> None:
    board = write(tmp_path, night)
    night.rows["reporting"] = [row for row in night.rows["reporting"] if row["submitter"] != "533123"]
    for file in (tmp_path / "published").iterdir():
        file.unlink()
    write(tmp_path, night)
    assert sorted(page.name for page in (board / "offices").iterdir()) == ["513431.html", "513432.html"]
    assert sorted(page.name for page in (board / "provinces").iterdir()) == ["51.html"]
    assert dead_links(board) == []


@pytest.mark.parametrize("point", ["board-page:after", "board:before"])
def test_a_death_leaves_pages_that_open_and_the_next_run_writes_the_rest(
    tmp_path: Path, night: QualityFile, point: str
) -> None:
    board = write(tmp_path, night)
    old = (board / "index.html").read_bytes()
    night.account("513433")
    night.attempt("513433", "accepted", {"households": (1, 0, 0)})
    for file in (tmp_path / "published").iterdir():
        file.unlink()
    night.write(tmp_path / "published")
    publish_open(Home(tmp_path), NIGHT)
    code = (
        "import sys; from datetime import date; from pathlib import Path; from include.home import Home;"
        " from include.settings import Settings; from include.watch.board import write_board;"
        " root = Path(sys.argv[1]);"
        " write_board(Home(root), Settings(home=root), date.fromisoformat(sys.argv[2]))"
    )
    died = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), NIGHT.isoformat()],
        check=False,
        env={**os.environ, kill_points.SETTING: point},
    )
    assert died.returncode == -signal.SIGKILL
    assert (board / "index.html").read_bytes() == old, "the index is the last to change"
    assert not [link for link in Links(board / "index.html").found if not link.startswith(("#", "../"))
                and not (board / link).is_file()]  # fmt: skip
    write_board(Home(tmp_path), Settings(home=tmp_path), NIGHT)
    assert dead_links(board) == [] and (board / "offices" / "513433.html").is_file()
    assert "3 / 4" in words(Page(board / "index.html"))
    assert not list(board.rglob("*.part"))


def test_every_province_has_a_tile_of_its_own() -> None:
    assert tuple(tile.code for tile in tiles()) == province_codes()
    assert len({(tile.column, tile.row) for tile in tiles()}) == len(tiles())


def test_numbers_in_charts_stay_short_and_true() -> None:
    shown = [
        charts.compact(value) for value in (0, 9_999, 10_000, 99_949, 99_950, 344_100, 999_499, 999_500, 1_250_000)
    ]
    assert shown == ["0", "9,999", "10.0k", "99.9k", "100k", "344k", "999k", "1.0M", "1.2M"]
    assert charts.compact(1_000, exact=1_000) == "1.0k"


def test_a_line_says_its_numbers_and_stays_inside_its_box() -> None:
    drawn = str(charts.sparkline([0, None, 5, 10], "findings"))
    assert 'aria-label="findings: 0, 5, 10"' in drawn
    assert 'points="3.0,21.0 64.3,12.0 95.0,3.0"' in drawn
    assert charts.sparkline([7], "findings") == ""


def test_what_comes_from_outside_is_escaped(tmp_path: Path, night: QualityFile) -> None:
    night.gate("marts", "<b>check</b>", success=False)
    night.rows["rules"][0]["title_en"] = "<script>alert(1)</script>"
    board = write(tmp_path, night)
    for page in ("index.html", "rules.html", "offices/513431.html"):
        source = (board / page).read_text(encoding="utf-8")
        assert "<script>alert" not in source and "<b>check" not in source
    assert "&lt;script&gt;alert(1)" in (board / "rules.html").read_text(encoding="utf-8")
