"""Letters opened as a clerk's browser would: numbers reconcile, the words are there, no value is."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import duckdb
import pytest

from include.contract import ACCEPTED_VERSIONS
from include.home import Home, batch_names
from include.letters.letters import write_letters
from include.letters.queries import HELD_SHOWN
from include.result import Result
from include.settings import Settings
from tests.unit.html_page import Page
from tests.unit.quality_file import LAST_NIGHT, NIGHT, QualityFile

COUNTY = "513431"
BLAME = ("错误率", "失职", "不合格", "违规", "造假", "your fault", "violation", "failed to", "cheat", "wrongdoing")


def letters(tmp_path: Path, quality: QualityFile) -> tuple[Home, list[Result]]:
    home, settings = Home(tmp_path), Settings(home=tmp_path, batches=2)
    quality.write(home.published)
    return home, [write_letters(home, settings, NIGHT, batch) for batch in batch_names(2)]


def page(home: Home, submitter: str = COUNTY) -> Page:
    return Page(home.letters(submitter, NIGHT) / "letter.html")


@pytest.fixture
def mixed() -> QualityFile:
    """A county whose package was partly taken: 3 must_fix on 3 households, 1 explain, 1 standing, 1 cleared."""
    quality = QualityFile()
    for rule in ("household-missing-village", "income-parts-do-not-add-up", "no-head", "visit-to-confirm"):
        quality.rule(rule)
    quality.account(COUNTY)
    quality.attempt(COUNTY, "partly_accepted", {"households": (997, 3, 0), "persons": (3100, 11, 2)})
    quality.finding(COUNTY, "household-missing-village", 12)
    quality.finding(COUNTY, "household-missing-village", 40, state="standing", first_night=LAST_NIGHT)
    quality.finding(COUNTY, "no-head", 55, column="household_id", value_class="inconsistent")
    quality.finding(COUNTY, "income-parts-do-not-add-up", 9, severity="explain", column="net_income")
    quality.finding(
        COUNTY, "visit-to-confirm", 3, state="cleared", first_night=LAST_NIGHT, last_night=LAST_NIGHT,
        cleared_night=NIGHT,
    )  # fmt: skip
    for row, since in ((12, NIGHT), (40, date(2026, 11, 2)), (55, NIGHT)):
        quality.held(COUNTY, row, since, provisional=row == 55)
    return quality


def test_the_score_is_one_line_with_what_it_was_the_night_before(tmp_path: Path, mixed: QualityFile) -> None:
    mixed.score(COUNTY, LAST_NIGHT, 12, 9)
    mixed.score(COUNTY, NIGHT, 13.5)
    home, _ = letters(tmp_path, mixed)
    text = page(home).text
    assert "数据质量得分 90.0 / 100（前一夜 70.0）：有效性 13.5/15。" in text
    assert "Data quality score 90.0 of 100 (the night before: 70.0): validity 13.5/15." in text
    assert "修正速度" not in text, "what there is no evidence of is not told"


def test_the_reason_of_a_rule_is_told_in_both_languages(tmp_path: Path, mixed: QualityFile) -> None:
    why = "All relations are stated towards the head."
    next(rule for rule in mixed.rows["rules"] if rule["rule"] == "no-head")["why"] = why
    home, _ = letters(tmp_path, mixed)
    assert f"为何需要 成员关系都是相对户主填写的。 Why {why}" in page(home).text
    assert "Why reason of household-missing-village" in page(home).text, "one without Chinese is told in English alone"


def test_a_fault_of_ours_is_told_and_asks_nothing(tmp_path: Path, mixed: QualityFile) -> None:
    mixed.finding(COUNTY, "no-head", 77, state="ours", column="household_id", value_class="inconsistent")
    home, _ = letters(tmp_path, mixed)
    assert "系统方原因，无需处理" in page(home).text
    with (home.letters(COUNTY, NIGHT) / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        listed = {row["行 row"] for row in csv.DictReader(file)}
    assert "12" in listed and "77" not in listed


def test_the_numbers_reconcile_to_the_row(tmp_path: Path, mixed: QualityFile) -> None:
    home, _ = letters(tmp_path, mixed)
    read = page(home)
    for name, expected in (
        ("户", [1000, 997, 3, 0, 2]),
        ("家庭成员", [3113, 3100, 11, 2, 2]),
        ("合计", [4113, 4097, 14, 2, 4]),
    ):
        received, accepted, held, rejected, layout = read.numbers(name)
        assert received == accepted + held + rejected
        assert [received, accepted, held, rejected, layout] == expected
    assert "收到 4,113 行，接收 4,097 行，暂缓 14 行，无法读取 2 行" in read.text
    assert "Of 4,113 rows sent, 4,097 were taken, 14 are held until mended, 2 could not be read." in read.text


def test_a_match_is_told_by_its_number(tmp_path: Path, mixed: QualityFile) -> None:
    mixed.rule("person-in-two-households")
    mixed.finding(
        COUNTY, "person-in-two-households", 80, severity="explain", value_class="duplicate",
        detail="match 7f3a, decided: belongs to the other county",
    )  # fmt: skip
    home, _ = letters(tmp_path, mixed)
    (row,) = [row for row in page(home).rows if "H00080" in row]
    assert row[4] == "重复 比对编号7f3a"


def test_what_the_office_explained_tonight_is_thanked_for_and_asked_no_more(tmp_path: Path, mixed: QualityFile) -> None:
    mixed.finding(
        COUNTY, "income-parts-do-not-add-up", 81, severity="explain", state="explained", explained_night=NIGHT
    )
    mixed.finding(
        COUNTY, "income-parts-do-not-add-up", 82, severity="explain", state="explained", explained_night=LAST_NIGHT
    )
    home, _ = letters(tmp_path, mixed)
    text = page(home).text
    assert "Explained by you" in text
    assert "income-parts-do-not-add-up: 1." in text.split("Explained by you")[1].split("Mended since")[0]
    assert "H00081" not in text
    assert "H00082" not in text
    assert "put explanations.csv into your next package" in text, "one more could be explained"


def test_a_withdrawn_package_is_named_with_what_came_of_its_rows(tmp_path: Path, mixed: QualityFile) -> None:
    mixed.attempt(COUNTY, "withdrawn", {}, number=7, night=LAST_NIGHT, withdrawn_night=NIGHT)
    home, _ = letters(tmp_path, mixed)
    assert f"Package no. 7 ({LAST_NIGHT}) was withdrawn by your manifest: its rows stand again" in page(home).text


def test_each_finding_says_where_and_how_to_mend(tmp_path: Path, mixed: QualityFile) -> None:
    home, results = letters(tmp_path, mixed)
    read = page(home)
    assert ["households.csv", "12", "行政村代码", "H00012", "缺失", "新出现", "2026-11-21"] in read.rows
    assert ["households.csv", "40", "行政村代码", "H00040", "缺失", "仍未修正", "2026-11-20"] in read.rows
    assert ["households.csv", "9", "纯收入", "H00009", "缺失", "新出现", "2026-11-21"] in read.rows
    for words in (
        "题目 household-missing-village",
        "修正 no-head",
        "mend of no-head",
        "reason of no-head",
        "四川省 凉山彝族自治州",
    ):
        assert words in read.text
    assert "户：行政村代码" in read.text.split("先修正这几项")[1].split("暂缓的户")[0]  # the mend names its column
    first = read.text.split("先修正这几项")[1].split("暂缓的户")[0]
    assert "households.csv 第 12 行 row 12 · 户 H00012" in first, "the place stands beside what to mend"
    assert read.text.index("逐项说明") < read.text.index("各表行数"), "what to mend comes before what was counted"
    assert "题目 visit-to-confirm：1 处，谢谢" in read.text  # cleared is told, and not among what stands
    assert sum(result.counts["findings"] for result in results) == 4
    assert "共 4 处" in read.text
    order = [read.text.index(f"题目 {rule}") for rule in ("household-missing-village", "no-head")]
    assert order == sorted(order)  # two households before one


def test_held_households_and_the_way_to_object_are_explained(tmp_path: Path, mixed: QualityFile) -> None:
    home, _ = letters(tmp_path, mixed)
    read = page(home)
    for words in (
        "目前有 3 户暂缓", "1 户为新户", "最早自 2026-11-02 起", "满 14 天", "现有 1 户已满期", "这些户仍在册",
        "3 of your households are held", "none is ever dropped by itself", "1 has reached that day",
        "是系统或规则有误", "our fault", "never lowers a score", "SYNTHETIC 模拟数据",
    ):  # fmt: skip
        assert words in read.text, words
    assert not [word for word in BLAME if word in read.source]


def test_held_households_have_a_day_until_which_to_mend_them(tmp_path: Path, mixed: QualityFile) -> None:
    home, _ = letters(tmp_path, mixed)
    text = page(home).text
    assert "暂缓的户请在 2026-12-05 前修正重报，此后由监测负责人逐户致电询问。" in text, (
        "the one that is due since 11-16 is told apart"
    )
    assert "Mend the held households before 2026-12-05; from then on the monitoring lead rings you about each." in text


def test_the_day_is_told_also_when_more_are_overdue_than_the_letter_names(tmp_path: Path) -> None:
    quality = QualityFile()
    quality.account(COUNTY)
    quality.attempt(COUNTY, "accepted", {"households": (5, 0, 0)})
    for row in range(HELD_SHOWN):
        quality.held(COUNTY, row + 1, date(2026, 11, 2))
    quality.held(COUNTY, 900, LAST_NIGHT)
    home, _ = letters(tmp_path, quality)
    text = page(home).text
    assert "Mend the held households before 2026-12-04" in text and "200 households have been held for 14 days" in text
    assert "H00900" not in text, "the longest held are named"


def test_who_sent_again_the_same_night_is_not_asked_to_send_again(tmp_path: Path) -> None:
    quality = QualityFile()
    quality.rule("package-without-manifest", "reject")
    quality.account(COUNTY, outcome="accepted")
    quality.attempt(COUNTY, "rejected", {}, number=1, refusal="package-without-manifest")
    quality.attempt(COUNTY, "accepted", {"households": (5, 0, 0)}, number=2)
    home, _ = letters(tmp_path, quality)
    assert "22:00 前重新报送" not in page(home).text and "Please send again" not in page(home).text


def test_of_many_places_the_first_stand_beside_what_to_mend(tmp_path: Path, mixed: QualityFile) -> None:
    for row in (61, 62, 63, 64):
        mixed.finding(COUNTY, "no-head", row, column="household_id")
    home, _ = letters(tmp_path, mixed)
    first = page(home).text.split("先修正这几项")[1].split("暂缓的户")[0]
    assert "第 62 行" in first and "第 63 行" not in first and "其余 2 处见“逐项说明”" in first


def test_the_page_loads_nothing_and_shows_outside_text_as_text(tmp_path: Path, mixed: QualityFile) -> None:
    mixed.rows["files"][0] |= {
        "file": "<script>alert(1)</script>.csv",
        "forbidden_columns": ["ethnicity", "phone"],
        "unknown_columns": ["<img src=x>"],
        "missing_columns": ["main_cause"],
    }
    mixed.finding(COUNTY, "no-head", 77, file='110105194912310023 <b onclick="x">.csv')
    home, _ = letters(tmp_path, mixed)
    read = page(home)
    assert read.loads == [] and "script" not in read.tags and "img" not in read.tags and "b onclick" not in read.tags
    assert "民族、联系电话" in read.text and "ethnicity, telephone numbers" in read.text
    assert "<script>alert(1)</script>.csv" in read.text and "<img src=x>" in read.text
    assert "主要致贫原因" in read.text
    assert "110105194912310023" not in read.source
    assert "@import" not in read.source and "url(" not in read.source


def test_a_file_that_could_not_be_read_and_advice_alone_are_told_apart(tmp_path: Path) -> None:
    quality = QualityFile()
    for county in ("510181", "520181"):
        quality.account(county)
        quality.attempt(county, "partly_accepted", {"households": (500, 0, 0)})
    quality.finding(
        "510181", "file-not-what-it-says", None, severity="reject", dataset="villages", file="villages.csv", column=None
    )
    quality.finding("520181", "column-forbidden", None, severity="advice", column="phone")
    home, _ = letters(tmp_path, quality)
    unread, advised = page(home, "510181"), page(home, "520181")
    assert "有 1 个文件未能读取，请重新报送：villages.csv。其余文件收到 500 行，接收 500 行。" in unread.text
    assert (
        "1 file could not be read, please send again: villages.csv. Of 500 rows of the other files, 500 were taken."
        in unread.text
    )
    assert "请修正或说明。" not in unread.text, "the file is counted once"
    assert (
        "请在 2026-11-22 22:00 前重新报送。" in unread.text and "Please send again by 2026-11-22 22:00." in unread.text
    )
    assert '<section class="verdict again">' in unread.source
    assert "收到 500 行，接收 500 行。有 1 条建议，见下。" in advised.text and "1 piece of advice below" in advised.text
    assert "22:00 前" not in advised.text, "advice wants nothing by any hour"
    assert '<section class="verdict good">' in advised.source and "先修正" not in advised.text
    assert ["households.csv", "", "联系电话", "", "缺失", "新出现", "2026-11-21"] in advised.rows


def test_what_stands_from_earlier_nights_is_counted_and_not_shown_again(tmp_path: Path, mixed: QualityFile) -> None:
    mixed.finding(COUNTY, "no-head", 70, state="standing", first_night=LAST_NIGHT, last_night=LAST_NIGHT)
    mixed.finding(COUNTY, "no-head", 71, severity="advice", last_night=LAST_NIGHT)
    home, _ = letters(tmp_path, mixed)
    text = page(home).text
    assert "另有 1 处以前告知" in text and "1 told in earlier letters" in text and "共 4 处" in text


def test_nothing_arrived_clean_and_refused_are_said_shortly(tmp_path: Path) -> None:
    quality = QualityFile()
    quality.rule("package-without-manifest", "reject")
    for county in ("510181", "520181", "530181", "610181"):
        quality.account(county)
    quality.account("510000", kind="province", state="missing")
    quality.attempt("520181", "accepted", {"households": (500, 0, 0)})
    quality.attempt("530181", "rejected", {}, refusal="package-without-manifest")
    quality.finding(
        "530181",
        "package-without-manifest",
        None,
        severity="reject",
        dataset=None,
        file=None,
        column=None,
    )
    quality.attempt("610181", "accepted", {})
    quality.rows["attempts"][-1]["nothing_due"] = True
    home, results = letters(tmp_path, quality)

    nothing = page(home, "510181")
    assert "当夜没有收到贵单位的报送包" in nothing.text and "Nothing arrived from you that night" in nothing.text
    assert "nothing_due" in nothing.text and len(nothing.rows) == 0
    assert "户" not in page(home, "510000").text.split("不同意或有疑问")[0]  # a province has no households here

    clean = page(home, "520181")
    assert "全部 500 行均已接收，没有需要修正的内容" in clean.text and "All 500 rows were taken" in clean.text
    assert len(clean.text.split()) < 60 and not (home.letters("520181", NIGHT) / "findings.csv").exists()

    refused = page(home, "530181")
    assert "报送包未能接收" in refused.text and "修正 package-without-manifest" in refused.text
    assert "请在 2026-11-22 22:00 前重新报送。" in refused.text and "《县级数据报送指南》" in refused.text
    assert "Please send by 2026-11-22 22:00." in nothing.text and "22:00 前" not in clean.text
    assert "无变化" in page(home, "610181").text
    totals = {name: sum(r.counts[name] for r in results) for name in ("letters", "clean", "nothing_arrived")}
    assert totals == {"letters": 5, "clean": 2, "nothing_arrived": 2}


def test_the_same_file_gives_the_same_bytes_and_a_rerun_leaves_no_old_list(tmp_path: Path, mixed: QualityFile) -> None:
    home, _ = letters(tmp_path, mixed)
    folder = home.letters(COUNTY, NIGHT)
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sorted(first) == ["findings.csv", "letter.html", "letter.xlsx"]
    settings = Settings(home=tmp_path, batches=2)
    for batch in batch_names(2):
        write_letters(home, settings, NIGHT, batch)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    with duckdb.connect(str(home.published / "quality.duckdb")) as connection:
        connection.execute("delete from quality.findings")
    for batch in batch_names(2):
        write_letters(home, settings, NIGHT, batch)
    assert [path.name for path in folder.iterdir()] == ["letter.html"]


def test_without_a_quality_layer_of_the_night_no_letter_is_invented(tmp_path: Path, mixed: QualityFile) -> None:
    home, settings = Home(tmp_path), Settings(home=tmp_path, batches=1)
    result = write_letters(home, settings, NIGHT, "0-of-1")
    assert result.counts["letters"] == 0 and "no quality file" in result.notes[0]
    mixed.rows["reporting"].clear()
    mixed.write(home.published)
    result = write_letters(home, settings, NIGHT, "0-of-1")
    assert result.counts["letters"] == 0 and "not built" in result.notes[0]
    assert not home.outbox.exists()


def test_the_list_has_every_finding_and_opens_in_a_spreadsheet(tmp_path: Path, mixed: QualityFile) -> None:
    mixed.finding(COUNTY, "no-head", 99, file="=cmd|calc.csv", column="=HYPERLINK(1)", detail="＋1 cell")
    mixed.finding(COUNTY, "no-head", 98, household_key=f"{COUNTY}-5134310000000098")
    home, _ = letters(tmp_path, mixed)
    path = home.letters(COUNTY, NIGHT) / "findings.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    assert {row["户编号 household"] for row in rows} == {
        "H00012",
        "H00040",
        "H00055",
        "H00009",
        "H00099",
        '="5134310000000098"',
    }
    assert {row["列 column"] for row in rows} == {"行政村代码", "户编号", "纯收入", "'=HYPERLINK(1)"}
    assert [row["文件 file"] for row in rows if "cmd" in row["文件 file"]] == ["'=cmd|calc.csv"]
    assert [row["说明 detail"] for row in rows if "cell" in row["说明 detail"]] == ["'＋1 cell"]
    assert [row["严重程度 severity"] for row in rows] == ["must_fix"] * 5 + ["explain"]


@pytest.mark.parametrize("rules", [3, 60])
def test_a_hundred_thousand_findings_still_make_a_letter_that_opens(tmp_path: Path, rules: int) -> None:
    quality = QualityFile()
    quality.account(COUNTY)
    quality.attempt(COUNTY, "held", {"households": (0, 100_000, 0)})
    for index in range(rules):
        quality.rule(f"rule-{index:02d}-with-a-rather-long-name")
    quality.finding(COUNTY, "rule-00-with-a-rather-long-name", 0)
    path = quality.write(tmp_path / "published")
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            f"""
            insert into quality.findings
            select * replace (
                finding_id || i as finding_id, i + 1 as row, format('{COUNTY}-H{{:07d}}', i) as household_key,
                format('rule-{{:02d}}-with-a-rather-long-name', i % {rules}) as rule
            ) from quality.findings cross join range(1, 100000) as t(i)
            """.replace("select *", "select findings.*")
        )
    home, settings = Home(tmp_path), Settings(home=tmp_path, batches=1)
    result = write_letters(home, settings, NIGHT, "0-of-1")
    assert result.counts["findings"] == 100_000
    folder = home.letters(COUNTY, NIGHT)
    assert (folder / "letter.html").stat().st_size < 3_000_000
    read = page(home)
    assert "共 100,000 处" in read.text
    shown = [row for row in read.rows if row and row[0] == "households.csv"]
    assert 10 * rules <= len(shown) <= 4_000
    assert f"{100_000 - len(shown):,}" in read.text or rules > 1
    with (folder / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        assert sum(1 for _ in csv.reader(file)) == 100_001


def test_a_letter_on_a_refused_package_lists_what_is_held_and_what_stands(tmp_path: Path) -> None:
    quality = QualityFile()
    for rule in ("manifest-unknown-contract-version", "no-head", "household-missing-village"):
        quality.rule(rule)
    quality.account(COUNTY)
    quality.attempt(COUNTY, "rejected", {}, refusal="manifest-unknown-contract-version")
    quality.held(COUNTY, 12, LAST_NIGHT, held_by="household-missing-village,no-head")
    for row in (12, 13):
        quality.finding(COUNTY, "no-head", row, state="standing", first_night=LAST_NIGHT, last_night=LAST_NIGHT)
    home, _ = letters(tmp_path, quality)
    read = page(home)
    assert ["H00012", "2026-11-20", "2026-12-04", "题目 household-missing-village；题目 no-head"] in read.rows
    assert "题目 no-head：2 处，所在行见 2026-11-20 的通知书" in read.text and "mend of no-head" in read.text
    assert "title of no-head: 2, with its rows in the letter of 2026-11-20." in read.text
    assert f"现接收的报送规范版本：{', '.join(ACCEPTED_VERSIONS)}" in read.text
    assert f"Contract versions that are taken now: {', '.join(ACCEPTED_VERSIONS)}" in read.text
    assert "could not be taken" in read.text and "rejected" not in read.text


def test_what_an_older_code_left_is_told_to_the_new_one(tmp_path: Path) -> None:
    quality = QualityFile()
    quality.rule("no-head")
    quality.account("610981", county_id="610928")
    quality.attempt("610928", "partly_accepted", {})
    quality.rows["attempts"][-1]["night"] = LAST_NIGHT
    quality.held("610928", 12, LAST_NIGHT, held_by="no-head")
    quality.finding("610928", "no-head", 12, state="standing", first_night=LAST_NIGHT, last_night=LAST_NIGHT)
    home, _ = letters(tmp_path, quality)
    read = page(home, "610981")
    assert "目前有 1 户暂缓" in read.text and "题目 no-head：1 处" in read.text
    assert ["H00012", "2026-11-20", "2026-12-04", "题目 no-head"] in read.rows


def test_an_upload_that_is_not_finished_is_told(tmp_path: Path) -> None:
    quality = QualityFile()
    quality.account("510181", state="waiting", waiting=1)
    quality.account("520181", waiting=1)
    quality.attempt("520181", "accepted", {"households": (5, 0, 0)})
    home, _ = letters(tmp_path, quality)
    alone, beside = page(home, "510181"), page(home, "520181")
    assert "报送包在接收时仍在上传" in alone.text and "still being uploaded" in alone.text
    assert "没有收到" not in alone.text
    assert "有 1 个报送包在接收时仍在上传" in beside.text and "收到 5 行，接收 5 行" in beside.text


def test_what_a_person_decided_on_a_held_package_is_told_once(tmp_path: Path, mixed: QualityFile) -> None:
    told = {"decided_by": "Li", "decided_at": "2026-11-21 09:30:00"}
    mixed.add(
        "releases", attempt_id="513431-00001", county_id=COUNTY, answer="release", reason="two <b>towns</b> left",
        night=NIGHT, taken_night=NIGHT, rows_taken=61, **told,
    )  # fmt: skip
    mixed.add(
        "releases", attempt_id="513431-00000", county_id=COUNTY, answer="refuse", reason="a broken export", night=NIGHT,
        rows_taken=0, **told,
    )  # fmt: skip
    home = Home(tmp_path)
    before = home.letters(COUNTY, LAST_NIGHT) / "letter.html"
    before.parent.mkdir(parents=True)
    before.touch()
    mixed.add(
        "releases", attempt_id="513431-00009", county_id=COUNTY, answer="release", reason="long ago", night=LAST_NIGHT,
        taken_night=LAST_NIGHT, rows_taken=7, **told,
    )  # fmt: skip
    home, _ = letters(tmp_path, mixed)
    text = page(home).text
    assert "released by Li; 61 rows were taken that night. Reason: two <b>towns</b> left" in text
    assert "513431-00000 stay held, as Li decided" in text
    assert "long ago" not in text


def test_a_decision_of_a_night_that_wrote_no_letter_is_told_in_the_next_one(tmp_path: Path, mixed: QualityFile) -> None:
    """The night of the decision stopped before its letters; a rerun of this night's letters tells the same."""
    told = {"county_id": COUNTY, "decided_by": "Li", "decided_at": "2026-11-20 09:30:00", "night": LAST_NIGHT}
    mixed.add("releases", attempt_id="513431-00001", answer="release", reason="two towns left",
              taken_night=LAST_NIGHT, rows_taken=61, **told)  # fmt: skip
    mixed.add("releases", attempt_id="513431-00000", answer="refuse", reason="a broken export", rows_taken=0, **told)
    before = Home(tmp_path).letters(COUNTY, date(2026, 11, 19)) / "letter.html"
    before.parent.mkdir(parents=True)
    before.touch()
    home, _ = letters(tmp_path, mixed)
    first = page(home).source
    assert "released by Li; 61 rows were taken in the night of 2026-11-20." in page(home).text
    assert "513431-00000 stay held, as Li decided" in page(home).text
    for batch in batch_names(2):
        write_letters(home, Settings(home=tmp_path, batches=2), NIGHT, batch)
    assert page(home).source == first, "its own letter is none before it"
    written = home.letters(COUNTY, LAST_NIGHT) / "letter.html"
    written.parent.mkdir()
    written.touch()
    for batch in batch_names(2):
        write_letters(home, Settings(home=tmp_path, batches=2), NIGHT, batch)
    assert "released by Li" not in page(home).text, "the night before has told it"
