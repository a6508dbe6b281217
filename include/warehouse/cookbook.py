"""The cookbook: questions in Markdown with their SQL; the answers below them are written by running it.

An answer stands between the two marks below; everything else in the document is written by hand. Running the questions
again on the same country gives the same document, so that a test can tell whether an answer has gone stale.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb

from include.duck import connect
from include.files import write_aside
from include.settings import Settings

ROWS_SHOWN = 10
"""Rows of an answer that are printed; how many there are in all is said below them."""

_BEGIN, _END = "<!-- answer -->", "<!-- end of answer -->"
_QUESTION = re.compile(rf"```sql\n(?P<sql>.*?)```\n(?:\n{_BEGIN}\n.*?{_END}\n)?", re.S)


def questions(document: str) -> list[str]:
    """The SQL of each question, in order."""
    return [found["sql"].strip() for found in _QUESTION.finditer(document)]


def answered(document: str, marts: Path) -> str:
    """The document with every answer as the published file gives it now.

    Raises ValueError for a question without an answer, duckdb.Error for one that cannot be asked.
    """
    with connect(Settings(), marts, read_only=True, spill=False) as connection:

        def with_answer(found: re.Match[str]) -> str:
            answer = _answer(connection, found["sql"])
            return f"```sql\n{found['sql']}```\n\n{_BEGIN}\n{answer}\n{_END}\n"

        return _QUESTION.sub(with_answer, document)


def write_answers(document: Path, marts: Path) -> int:
    """Write the answers into a document; returns how many. Raises as `answered` does, and leaves it as it was then."""
    text = document.read_text(encoding="utf-8")
    with write_aside(document) as aside:
        aside.write_text(answered(text, marts), encoding="utf-8")
    return len(questions(text))


def _answer(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    asked = connection.execute(sql)
    names = [str(column[0]) for column in asked.description or ()]
    rows = asked.fetchall()
    if not rows:
        raise ValueError(f"this question has no answer on this country: ask it so that it has one\n{sql}")
    lines = [_line(names), _line(["---"] * len(names)), *(_line(row) for row in rows[:ROWS_SHOWN])]
    if len(rows) > ROWS_SHOWN:
        lines += ["", f"The first {ROWS_SHOWN} of {len(rows):,} rows."]
    return "\n".join(lines)


def _line(values: list[str] | tuple[Any, ...]) -> str:
    return "| " + " | ".join(_cell(value) for value in values) + " |"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(str(value).replace("|", "\\|").split())
