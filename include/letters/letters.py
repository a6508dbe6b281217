"""Writes the letters of a night: for each submitter a folder with letter.html.

Where something was found letter.xlsx and the full list, findings.csv, lie beside it.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from pathlib import Path

import duckdb

from include.clocks import as_day
from include.contract.words import severity_order
from include.duck import literal
from include.files import write_aside
from include.home import Home, batch_of
from include.intake.submitters import county_id_of
from include.letters.facts import Letter
from include.letters.queries import Letters
from include.letters.render import render
from include.letters.workbook import rows_of, texts_of, write_workbook
from include.result import Result
from include.settings import Settings
from include.warehouse.leaks import Leak, refuse_leaks
from include.warehouse.versions import versions


def write_letters(home: Home, settings: Settings, night: date, batch: str) -> Result:
    """Write the letters of a batch's submitters for a night, from the quality file published for that night alone.

    Every account of the night gets one, also when nothing arrived. The same quality file gives the same bytes. On a
    night whose quality layer was not built no letter is written and the result's note says so: what was taken and held
    is then not known. Raises duckdb.Error when the published file lacks a table. Raises Leak at the end, when every
    other letter is written, for each that would tell of a person or of another county's household; it stays as it was.
    """
    batches = int(batch.rsplit("-of-", 1)[1])
    counts = {"letters": 0, "clean": 0, "nothing_arrived": 0, "findings": 0}
    published = [version for version in versions(home, "quality") if version.night == night]
    if not published:
        return Result("letters", night, batch, counts, notes=("no quality file is published for this night",))
    refused: list[str] = []
    quality = home.published / published[-1].file_name
    letters = Letters(settings, quality, night, settings.contact, lambda who: _letter_before(home, who, night))
    try:
        if not letters.submitters():
            note = "the quality layer was not built for this night: letters follow when it is run again"
            return Result("letters", night, batch, counts, notes=(note,))
        mine = [row for row in letters.submitters() if batch_of(county_id_of(row[0]), batches) == batch]
        for letter in letters.read(mine):
            try:
                _write(home.letters(letter.submitter, night), letter, letters.connection)
            except Leak as leak:
                refused.append(str(leak))
                continue
            counts["letters"] += 1
            counts["clean"] += letter.clean
            counts["nothing_arrived"] += not letter.arrived
            counts["findings"] += letter.findings
    finally:
        letters.close()
    if refused:
        raise Leak("\n".join([*refused, f"The other {counts['letters']} letters of batch {batch} are written."]))
    return Result("letters", night, batch, counts)


def _letter_before(home: Home, submitter: str, night: date) -> date | None:
    """The night of a submitter's last letter before that of this night; None where it never had one."""
    this = home.letters(submitter, night)
    written = (letter.parent for letter in this.parent.glob("*-*-*/letter.html"))
    return max((at for folder in written if folder.name < this.name and (at := as_day(folder.name))), default=None)


def _write(folder: Path, letter: Letter, connection: duckdb.DuckDBPyConnection) -> None:
    """Write a letter with its list and workbook, all or none: each is looked at before the first is in place."""
    listed, book = folder / "findings.csv", folder / "letter.xlsx"
    own, to = county_id_of(letter.submitter), letter.submitter
    known = _known(connection, letter)
    with ExitStack() as in_place:  # they take their names in the reverse order, the letter last
        page = in_place.enter_context(write_aside(folder / "letter.html"))
        text = render(letter)
        refuse_leaks(text, f"the letter to {to}", own, known)
        page.write_text(text, encoding="utf-8")
        if letter.findings:
            aside = in_place.enter_context(write_aside(book))
            write_workbook(aside, letter, rows_of(connection, letter))
            refuse_leaks(texts_of(aside), f"letter.xlsx to {to}", own, known)
            aside = in_place.enter_context(write_aside(listed))
            _write_findings(connection, letter, aside)
            refuse_leaks(aside.read_text(encoding="utf-8"), f"findings.csv to {to}", own, known)
        else:  # of an earlier run of this night
            listed.unlink(missing_ok=True)
            book.unlink(missing_ok=True)


#: A cell that begins like a formula, for an East Asian spreadsheet also at full width, is shown as text: files, headers
#: and household numbers are the submitter's words.
_AS_TEXT = r"case when regexp_matches({0}, '^[=+\-@＝＋－＠\t\r\n]') then '''' || {0} else {0} end"
#: A long number is written as ="123", the one form of CSV that a spreadsheet does not turn into 1.23E+15.
_AS_CODE = r"""case when regexp_full_match({0}, '\d{{12,}}') then '="' || {0} || '"' else """ + _AS_TEXT + " end"


def _known(connection: duckdb.DuckDBPyConnection, letter: Letter) -> set[str]:
    """What in one submitter's letter looks like a person's and is none: ids of findings, its own household numbers."""
    rows = connection.execute(
        """select finding_id from tonight where submitter = $submitter
        union select household from tonight where submitter = $submitter and household is not null""",
        {"submitter": letter.submitter},
    )
    return {str(known) for (known,) in rows.fetchall()} | {line.household for line in letter.held_lines}


def _write_findings(connection: duckdb.DuckDBPyConnection, letter: Letter, path: Path) -> None:
    """All findings of one submitter as CSV in UTF-8 with BOM, so that a spreadsheet shows the Chinese rightly."""
    # The BOM is the first character of the first heading.
    connection.execute(
        f"""
        copy (
            select
                severity as "\ufeff严重程度 severity", rule as "规则 rule",
                coalesce(rules.title_zh, '') as "问题 title",
                {_AS_TEXT.format("coalesce(chinese.dataset_zh, tonight.dataset, '')")} as "表 dataset",
                {_AS_TEXT.format("file")} as "文件 file", row as "行 row",
                {_AS_TEXT.format("coalesce(chinese.column_zh, tonight.column, '')")} as "列 column",
                {_AS_CODE.format("household")} as "户编号 household",
                value_class as "情况 value class", {_AS_TEXT.format("coalesce(tonight.detail, '')")} as "说明 detail",
                state as "状态 state", first_night as "自 since",
                coalesce(rules.mend_zh, '') as "如何修正 how to mend", finding_id as "编号 finding id"
            from tonight
            left join (select rule, title_zh, mend_zh from quality.rules) as rules using (rule)
            left join chinese
                on chinese.dataset = tonight.dataset and chinese.name = coalesce(tonight.column, '')
            where submitter = {literal(letter.submitter)}
            order by {severity_order()}, rule, tonight.dataset, file,
                row, tonight.column, finding_id
        ) to {literal(path)} (format csv, header true)
        """
    )
