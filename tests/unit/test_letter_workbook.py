"""The letter's workbook: its numbers are the page's, its tabs say what to mend, and it stays small."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from include.home import Home, batch_names
from include.letters.letters import write_letters
from include.letters.workbook import FIRST, ROWS_PER_BOOK, ROWS_PER_TAB, RULES
from include.settings import Settings
from tests.unit.html_page import Page
from tests.unit.quality_file import LAST_NIGHT, NIGHT, QualityFile

COUNTY = "513431"


@pytest.fixture
def quality() -> QualityFile:
    """A county with 4 findings of 3 rules on 3 households, one standing, and one file that looks like a formula."""
    made = QualityFile()
    for rule in ("household-missing-village", "income-parts-do-not-add-up", "no-head"):
        made.rule(rule)
    made.account(COUNTY)
    made.attempt(COUNTY, "partly_accepted", {"households": (997, 3, 0), "persons": (3100, 11, 2)})
    made.finding(COUNTY, "household-missing-village", 12)
    made.finding(COUNTY, "household-missing-village", 40, state="standing", first_night=LAST_NIGHT)
    made.finding(COUNTY, "no-head", 55, column="household_id", value_class="inconsistent", file="=1+1.csv")
    made.finding(COUNTY, "income-parts-do-not-add-up", 9, severity="explain", column="net_income")
    made.held(COUNTY, 12, NIGHT)
    return made


def written(tmp_path: Path, quality: QualityFile) -> Path:
    """The folder of the county's letter."""
    home, settings = Home(tmp_path), Settings(home=tmp_path, batches=2)
    quality.write(home.published)
    for batch in batch_names(2):
        write_letters(home, settings, NIGHT, batch)
    return home.letters(COUNTY, NIGHT)


def sheets(folder: Path) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_path(str(folder / "letter.xlsx"))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def starting(rows: list[list[Any]], head: str) -> list[Any]:
    (row,) = [row for row in rows if row[0] == head]
    return row


def test_the_rows_are_those_of_the_page(tmp_path: Path, quality: QualityFile) -> None:
    folder = written(tmp_path, quality)
    first = sheets(folder)[FIRST]
    assert starting(first, "户 households")[:6] == ["户 households", 1000, 997, 3, 0, 2]
    assert starting(first, "家庭成员 persons")[:6] == ["家庭成员 persons", 3113, 3100, 11, 2, 2]
    total = starting(first, "合计 total")[1:6]
    assert total == [4113, 4097, 14, 2, 4]
    shown = next(row for row in Page(folder / "letter.html").rows if row[0].startswith("合计"))
    assert [int(cell.replace(",", "")) for cell in shown[1:6]] == total
    assert "收到 4,113 行，接收 4,097 行" in first[2][0]
    assert starting(first, "目前暂缓的户 households held")[1] == 1


def test_what_matters_most_comes_first_with_its_mend(tmp_path: Path, quality: QualityFile) -> None:
    folder = written(tmp_path, quality)
    first = sheets(folder)[FIRST]
    names = [row[0] for row in first]
    top = names.index("先修正这几项 What to mend first") + 1
    assert names[top] == "题目 household-missing-village"
    assert first[top][1:4] == [2, 2, "household-missing-village"]
    assert names[top + 1] == "如何修正：修正 household-missing-village"
    assert names[top + 2] == "title of household-missing-village. mend of household-missing-village"
    assert names.index("题目 no-head") > top


def test_the_rules_reconcile_with_the_full_list_and_with_their_tabs(tmp_path: Path, quality: QualityFile) -> None:
    folder = written(tmp_path, quality)
    book = sheets(folder)
    head, *rules, total = book[RULES]
    with (folder / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        listed = [row[1] for row in csv.reader(file)][1:]
    by_rule = {row[head.index("规则 rule")]: row for row in rules}
    assert {rule: row[4] for rule, row in by_rule.items()} == {rule: listed.count(rule) for rule in set(listed)}
    assert total[0] == "合计 total"
    assert total[4] == sum(row[4] for row in rules) == len(listed) == 4
    assert total[5] == sum(row[5] for row in rules) == 3
    for row in rules:
        tab = book[row[-1]]
        at = next(number for number, cells in enumerate(tab) if cells[0] == "文件 file")
        assert len(tab) - at - 1 == row[7] == row[4]
        assert tab[0][0] == f"题目 {row[2]} title of {row[2]}"
        assert tab[2][0] == f"How to mend: mend of {row[2]}"


def test_a_row_says_where_and_never_a_formula(tmp_path: Path, quality: QualityFile) -> None:
    book = sheets(written(tmp_path, quality))
    tab = next(rows for name, rows in book.items() if name.endswith("no-head"))
    assert ["=1+1.csv", 55, "户编号", "H00055", "前后不一致", "新出现", f"{NIGHT}"] in tab
    standing = next(rows for name, rows in book.items() if name.endswith("household-missing-village"))
    assert ["households.csv", 40, "行政村代码", "H00040", "缺失", "仍未修正", f"{LAST_NIGHT}"] in standing


def test_the_same_facts_give_the_same_bytes_and_a_clean_letter_has_no_workbook(
    tmp_path: Path, quality: QualityFile
) -> None:
    first = (written(tmp_path / "one", quality) / "letter.xlsx").read_bytes()
    folder = written(tmp_path / "two", quality)
    assert (folder / "letter.xlsx").read_bytes() == first
    with duckdb.connect(str(tmp_path / "two" / "published" / "quality.duckdb")) as connection:
        connection.execute("delete from quality.findings")
    for batch in batch_names(2):
        write_letters(Home(tmp_path / "two"), Settings(home=tmp_path / "two", batches=2), NIGHT, batch)
    assert not (folder / "letter.xlsx").exists()


def test_a_hundred_thousand_findings_still_make_a_workbook_that_opens(tmp_path: Path, quality: QualityFile) -> None:
    home = Home(tmp_path)
    path = quality.write(home.published)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            """insert into quality.findings select findings.* replace (
                finding_id || i as finding_id, i as row, format('rule-{:02d}-with-a-rather-long-name', i % 40) as rule)
            from (select * from quality.findings limit 1) as findings cross join range(100000) as t(i)"""
        )
    write_letters(home, Settings(home=tmp_path, batches=1), NIGHT, "0-of-1")
    folder = home.letters(COUNTY, NIGHT)
    book = sheets(folder)
    total = book[RULES][-1]
    assert total[4] == 100_004
    assert total[7] <= ROWS_PER_BOOK
    assert total[7] > ROWS_PER_BOOK * 0.8
    assert max(map(len, book.values())) <= ROWS_PER_TAB + 10
    assert (folder / "letter.xlsx").stat().st_size < 3_000_000
    assert len({name for name in book if name.split(" ")[-1].startswith("rule-")}) == 40
    assert "共 2,500 处" in next(rows for name, rows in book.items() if "rule-07" in name)[3][0]
