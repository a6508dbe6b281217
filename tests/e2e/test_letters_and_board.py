"""Letters and board of a country with planted faults, after two real nights: they say what the ledger says."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

import duckdb
import pytest

from tests.conftest import PlayedCountry
from tests.unit.html_page import Page

RESIDENT_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
PERSON_KEY = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@pytest.fixture
def quality(played_country: PlayedCountry) -> Iterator[duckdb.DuckDBPyConnection]:
    path = played_country.home.published / "quality.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def test_every_account_has_a_letter_each_night_and_its_totals_are_the_ledgers(
    played_country: PlayedCountry, quality: duckdb.DuckDBPyConnection
) -> None:
    night = played_country.nights[-1]
    rows = quality.execute(
        "select r.submitter, r.night, coalesce(sum(a.received), 0), coalesce(sum(a.accepted), 0),"
        " coalesce(sum(a.held), 0), coalesce(sum(a.rejected), 0)"
        " from quality.reporting as r"
        " left join quality.attempts as a on a.submitter = r.submitter and a.night = r.night"
        " group by r.submitter, r.night order by r.submitter, r.night"
    ).fetchall()
    assert len({row[1] for row in rows}) == len(played_country.nights) and len(rows) > 24
    with_totals = 0
    for submitter, of_night, received, accepted, held, rejected in rows:
        page = Page(played_country.home.letters(submitter, of_night) / "letter.html")
        assert "SYNTHETIC 模拟数据" in page.text and page.loads == []
        totals = [row for row in page.rows if row and row[0] == "合计"]
        if totals:
            with_totals += 1
            assert page.numbers("合计")[:4] == [received, accepted, held, rejected], (submitter, of_night)
            assert received == accepted + held + rejected
        elif of_night == night:  # short letters: nothing to mend, or nothing could be taken
            assert held == rejected == 0, submitter
    assert with_totals >= 8


def test_every_finding_of_the_last_night_is_in_its_county_s_list(
    played_country: PlayedCountry, quality: duckdb.DuckDBPyConnection
) -> None:
    night = played_country.nights[-1]
    found = quality.execute(
        "select submitter, finding_id, rule from quality.findings where last_night = ? and is_open", [night]
    ).fetchall()
    assert len(found) >= 10
    listed: dict[str, set[str]] = {}
    for submitter in {row[0] for row in found}:
        path = played_country.home.letters(submitter, night) / "findings.csv"
        with path.open(encoding="utf-8-sig", newline="") as file:
            listed[submitter] = {row["编号 finding id"] for row in csv.DictReader(file)}
        text = Page(path.with_name("letter.html")).text
        assert all(rule in text for who, _, rule in found if who == submitter)
    assert {(who, finding) for who, finding, _ in found} == {(who, one) for who, all_ in listed.items() for one in all_}


def test_nothing_that_goes_out_holds_a_number_or_its_hash(played_country: PlayedCountry) -> None:
    pages = [*played_country.home.outbox.rglob("*.html"), *played_country.home.board.rglob("*.html")]
    assert len(pages) > 24
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert not RESIDENT_NUMBER.search(text) and not PERSON_KEY.search(text), path
    for path in played_country.home.outbox.rglob("findings.csv"):
        assert not RESIDENT_NUMBER.search(path.read_text(encoding="utf-8")), path


def test_the_board_is_of_the_last_night_and_counts_as_the_ledger(
    played_country: PlayedCountry, quality: duckdb.DuckDBPyConnection
) -> None:
    night = played_country.nights[-1]
    text = " ".join(Page(played_country.home.board / "index.html").text.split())
    assert f"报送之夜 night {night}" in text
    row = quality.execute(
        "select count(*), count(*) filter (where state not in ('missing', 'refused'))"
        " from quality.reporting where night = ?",
        [night],
    ).fetchone()
    assert row is not None and f"{row[1]} / {row[0]}" in text
    received = quality.execute("select sum(received) from quality.attempts where night = ?", [night]).fetchone()
    assert received is not None and f"{received[0]:,}" in text
    for page in played_country.home.board.rglob("*.html"):
        assert not re.search(r"\d{6}-\d{16}", page.read_text(encoding="utf-8")), f"a household key on {page.name}"


def test_each_office_s_page_counts_as_the_ledger_and_leads_to_its_letter(
    played_country: PlayedCountry, quality: duckdb.DuckDBPyConnection
) -> None:
    night, board = played_country.nights[-1], played_country.home.board
    rows = quality.execute(
        "select r.submitter, coalesce(sum(a.received), 0), coalesce(sum(a.accepted), 0), coalesce(sum(a.held), 0),"
        " coalesce(sum(a.rejected), 0), (select count(*) from quality.findings as f where f.submitter = r.submitter"
        " and f.first_night = $night and f.is_open and not f.trial), (select count(*) from quality.findings as f"
        " where f.submitter = r.submitter and f.cleared_night = $night and not f.trial), (select count(*)"
        " from quality.findings as f where f.submitter = r.submitter and f.is_open and not f.trial)"
        " from quality.reporting as r"
        " left join quality.attempts as a on a.submitter = r.submitter and a.night = r.night"
        " where r.night = $night group by r.submitter",
        {"night": night},
    ).fetchall()
    assert len(rows) > 24
    assert {page.stem for page in (board / "offices").iterdir()} == {row[0] for row in rows}
    for submitter, *counts in rows:
        page = Page(board / "offices" / f"{submitter}.html")
        tonight = next(row for row in page.rows if row and row[0] == f"{night}")
        assert [int(cell.replace(",", "")) for cell in tonight[2:]] == counts, submitter
        letter = next(link for link in page.loads if "outbox" in link)
        assert (board / "offices" / letter).is_file(), letter
