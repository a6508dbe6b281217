"""Writes the letters of a night: for each submitter a folder with letter.html.

Where something was found letter.xlsx and the full list, findings.csv, lie beside it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from include.contract.words import severity_order
from include.duck import literal
from include.files import write_aside
from include.home import Home, batch_of
from include.intake.submitters import county_id_of
from include.letters.facts import Letter
from include.letters.queries import Letters
from include.letters.render import render
from include.letters.workbook import rows_of, write_workbook
from include.result import Result
from include.settings import Settings
from include.warehouse.leaks import refuse_leaks
from include.warehouse.versions import versions


def write_letters(home: Home, settings: Settings, night: date, batch: str) -> Result:
    """Write the letters of a batch's submitters for a night, from the quality file published for that night alone.

    Every account of the night gets one, also when nothing arrived. The same quality file gives the same bytes. On a
    night whose quality layer was not built no letter is written and the result's note says so: what was taken and held
    is then not known. Raises duckdb.Error when the published file lacks a table, and Leak when a letter would tell of a
    person or of another county's household.
    """
    batches = int(batch.rsplit("-of-", 1)[1])
    counts = {"letters": 0, "clean": 0, "nothing_arrived": 0, "findings": 0}
    published = [version for version in versions(home, "quality") if version.night == night]
    if not published:
        return Result("letters", night, batch, counts, notes=("no quality file is published for this night",))
    letters = Letters(settings, home.published / published[-1].file_name, night, settings.contact)
    try:
        if not letters.submitters():
            note = "the quality layer was not built for this night: letters follow when it is run again"
            return Result("letters", night, batch, counts, notes=(note,))
        mine = [row for row in letters.submitters() if batch_of(county_id_of(row[0]), batches) == batch]
        for letter in letters.read(mine):
            _write(home.letters(letter.submitter, night), letter, letters.connection)
            counts["letters"] += 1
            counts["clean"] += letter.clean
            counts["nothing_arrived"] += not letter.arrived
            counts["findings"] += letter.findings
    finally:
        letters.close()
    return Result("letters", night, batch, counts)


def _write(folder: Path, letter: Letter, connection: duckdb.DuckDBPyConnection) -> None:
    listed, book = folder / "findings.csv", folder / "letter.xlsx"
    own = county_id_of(letter.submitter)
    if letter.findings:
        with write_aside(listed) as aside:
            _write_findings(connection, letter, aside)
            ids = _finding_ids(connection, letter)
            refuse_leaks(aside.read_text(encoding="utf-8"), f"findings.csv to {letter.submitter}", own, ids)
        with write_aside(book) as aside:
            write_workbook(aside, letter, rows_of(connection, letter))
    else:  # of an earlier run of this night
        listed.unlink(missing_ok=True)
        book.unlink(missing_ok=True)
    with write_aside(folder / "letter.html") as aside:
        text = render(letter)
        refuse_leaks(text, f"the letter to {letter.submitter}", own)
        aside.write_text(text, encoding="utf-8")


#: A cell that begins like a formula is shown as text: files, headers and household numbers are the submitter's words.
_AS_TEXT = r"case when regexp_matches({0}, '^[=+\-@\t\r]') then '''' || {0} else {0} end"
#: A long number is written as ="123", the one form of CSV that a spreadsheet does not turn into 1.23E+15.
_AS_CODE = r"""case when regexp_full_match({0}, '\d{{12,}}') then '="' || {0} || '"' else """ + _AS_TEXT + " end"


def _finding_ids(connection: duckdb.DuckDBPyConnection, letter: Letter) -> set[str]:
    """Ids of all findings of one submitter."""
    rows = connection.execute("select distinct finding_id from tonight where submitter = ?", [letter.submitter])
    return {str(finding) for (finding,) in rows.fetchall()}


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
