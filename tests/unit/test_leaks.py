"""A breach planted in a letter or on the board is stopped before it is written, and what was there stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from include.home import Home
from include.letters import letters
from include.letters.facts import FindingLine, Letter
from include.letters.letters import write_letters
from include.letters.workbook import GroupKey
from include.settings import Settings
from include.warehouse.leaks import Leak, refuse_leaks
from include.watch.board import write_board
from tests.unit.quality_file import NIGHT, QualityFile, three_counties

NUMBER = "11010519491231002X"
"""The specimen of GB 11643-1999: nobody's."""
WIDE_NUMBER = "１１０１０５１９４９１２３１００２Ｘ"
OLD_NUMBER = "110105491231002"
"""The same in full-width digits, and as numbers were written until 1999."""
HASH = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (f"person {NUMBER}", "1 of a resident number"),
        (f"person {NUMBER.lower()}, {NUMBER}", "2 of a resident number"),
        (f"key {HASH}", "1 of a person's hash"),
        ("household 513431-5134310000000012", "1 of a household's key"),
        ("household 533123-H0000012", "1 of a household's key"),
        ("440524188001010014001", "1 of a resident number"),
        ("1440524188001010014", "1 of a resident number"),
        (f"person {WIDE_NUMBER}", "1 of a resident number"),
        (f"张三{OLD_NUMBER}，", "1 of a resident number"),
        ("１１０１０５４９１２３１００２", "1 of a resident number"),
    ],
)
def test_what_tells_of_a_person_is_refused_without_its_value(text: str, what: str) -> None:
    with pytest.raises(Leak, match=what) as refused:
        refuse_leaks(text, "the page")
    assert OLD_NUMBER not in str(refused.value)
    assert NUMBER not in str(refused.value) and HASH not in str(refused.value) and "0000012" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "attempt 513431-00001 of 2026-11-21",
        "household 5134310000000012",
        "110105194912310021",  # the check digit is wrong
        "110105194913310023",  # there is no such day
        "#513431-00012 202611-1",
        "village 513431100001, townships 513431100 and 513431101",
        "110105491331002",  # there is no such day
        "990105491231002",  # there is no such province
        f"id{OLD_NUMBER} {OLD_NUMBER}a",  # within a word or a hash
        "a.1234567890123456,78 123,456,789,012,345.00",
        "２０２６年１１月２０日 2026-11-20T22:00:00 20261120220000",
        "e3b0c442" * 4,
    ],
)
def test_what_tells_of_nobody_passes(text: str) -> None:
    refuse_leaks(text, "the page")


def test_a_county_may_be_told_of_its_own_households_alone() -> None:
    refuse_leaks("513431-5134310000000012", "the letter", own_county="513431")
    with pytest.raises(Leak):
        refuse_leaks("513432-5134320000000012", "the letter", own_county="513431")


def planted(tmp_path: Path, quality: QualityFile, statement: str) -> tuple[Home, Settings]:
    home = Home(tmp_path)
    path = quality.write(home.published)
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)
    return home, Settings(home=tmp_path, batches=1)


def test_a_number_in_a_finding_stops_the_letter_and_the_one_before_stays(tmp_path: Path) -> None:
    quality = three_counties()
    quality.finding("513431", "household-missing-village", 12)
    home, settings = planted(tmp_path, quality, "update quality.findings set detail = 'clean'")
    write_letters(home, settings, NIGHT, "0-of-1")
    files = {path: path.read_bytes() for path in home.outbox.rglob("*.*")}
    assert len(files) == 5, "three letters, one with its list and workbook"
    with duckdb.connect(str(home.published / f"quality-{NIGHT:%Y-%m-%d}-1.duckdb")) as connection:
        connection.execute("update quality.findings set detail = ?", [f"see {NUMBER}"])
    with pytest.raises(Leak, match=r"findings\.csv to 513431"):
        write_letters(home, settings, NIGHT, "0-of-1")
    assert {path: path.read_bytes() for path in home.outbox.rglob("*.*")} == files


def test_a_key_in_a_gates_words_stops_the_board_and_the_pages_before_stay(tmp_path: Path) -> None:
    quality = three_counties()
    quality.gate("marts", "marts-is-whole", success=False)
    home, settings = planted(tmp_path, quality, "update quality.gate_results set observed = '2 rows differ'")
    write_board(home, settings, NIGHT)
    before = (home.board / "index.html").read_bytes()
    with duckdb.connect(str(home.published / f"quality-{NIGHT:%Y-%m-%d}-1.duckdb")) as connection:
        connection.execute("update quality.gate_results set observed = 'household 513431-5134310000000012'")
    with pytest.raises(Leak, match=r"the board's page index\.html"):
        write_board(home, settings, NIGHT)
    assert (home.board / "index.html").read_bytes() == before


def test_the_id_of_a_finding_is_no_persons_hash_and_another_hash_is() -> None:
    finding, person = "a1" * 32, "b2" * 32
    refuse_leaks(finding, "the list", known={finding})
    with pytest.raises(Leak, match="1 of a person's hash"):
        refuse_leaks(f"{finding},{person}", "the list", known={finding})


def test_the_workbook_is_looked_at_too_and_none_of_the_three_files_is_new_when_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quality = three_counties()
    quality.finding("513431", "household-missing-village", 12)
    home, settings = planted(tmp_path, quality, "update quality.findings set detail = 'clean'")
    write_letters(home, settings, NIGHT, "0-of-1")
    files = {path: path.read_bytes() for path in home.outbox.rglob("*.*")}
    real = letters.rows_of

    def with_a_number(connection: duckdb.DuckDBPyConnection, letter: Letter) -> dict[GroupKey, list[FindingLine]]:
        rows = real(connection, letter)
        return {key: [replace(row, file=f"{WIDE_NUMBER}.csv") for row in of_key] for key, of_key in rows.items()}

    monkeypatch.setattr(letters, "rows_of", with_a_number)
    with pytest.raises(Leak, match=r"^letter\.xlsx to 513431 was not written: it would tell 1 of a resident number"):
        write_letters(home, settings, NIGHT, "0-of-1")
    assert {path: path.read_bytes() for path in home.outbox.rglob("*.*")} == files


def test_a_refused_letter_leaves_those_of_other_offices(tmp_path: Path) -> None:
    quality = three_counties()
    quality.finding("513431", "household-missing-village", 12)
    home, settings = planted(tmp_path, quality, f"update quality.findings set detail = '{OLD_NUMBER}'")
    with pytest.raises(
        Leak, match=r"findings\.csv to 513431 was not written(.|\n)*The other 2 letters of batch 0-of-1"
    ):
        write_letters(home, settings, NIGHT, "0-of-1")
    assert len(list(home.outbox.glob("*/*/letter.html"))) == 2
    assert not (home.letters("513431", NIGHT) / "letter.html").exists()


def test_household_numbers_of_fifteen_digits_are_the_countys_own(tmp_path: Path) -> None:
    """Such as county, year and a running number, which may look like an old resident number."""
    quality = three_counties()
    quality.finding("513431", "household-missing-village", 12)
    key = "513431-513431201201234"
    home, settings = planted(tmp_path, quality, f"update quality.findings set household_key = '{key}'")
    write_letters(home, settings, NIGHT, "0-of-1")
    told = (home.letters("513431", NIGHT) / "letter.html").read_text(encoding="utf-8")
    assert "513431201201234" in told
    with pytest.raises(Leak, match="1 of a resident number"):
        refuse_leaks("513431201201234", "the board's page")
