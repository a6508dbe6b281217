"""Reads a table and tells the effect of a measure in it, as a whole and by the values of a column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

from include.duck import connect, literal
from include.evidence.criteria import Criteria, criteria, restricted_zones
from include.evidence.estimate import estimate, quoted
from include.evidence.judge import Verdict, judge
from include.evidence.question import Question
from include.settings import Settings

_READERS = {".csv": "read_csv", ".parquet": "read_parquet"}


class CannotAsk(ValueError):
    """The question does not fit the data; the message says what to change and shows no value of it."""


@dataclass(frozen=True)
class Answer:
    """The effect in all rows, and in those of each value of the column that was asked for."""

    whole: Verdict
    parts: Mapping[str, Verdict]


def effect(
    settings: Settings,
    data: Path,
    question: Question,
    table: str | None = None,
    by: str | None = None,
    on: date | None = None,
) -> Answer:
    """Estimate and judge a question on a file (.csv, .parquet, or a table of a .duckdb file).

    In a panel the baseline is cut into bands unless the question bands it. Raises CannotAsk when the file has no such
    column, a column holds what is no number or no 0 and 1, or a column to compare within names a restricted zone.
    """
    asked = criteria(on)
    with _source(settings, data, table) as (connection, file):
        columns = tuple(dict.fromkeys((*question.columns, *([by] if by else []))))
        _require_columns(connection, file, columns)
        connection.execute(f"create temp table asked as select {', '.join(map(quoted, columns))} {file}")
        source = "from asked"
        _refuse_restricted(connection, source, (*question.strata, *([by] if by else [])))
        try:
            whole = verdict_on(connection, source, question, asked)
            parts = {
                value: verdict_on(connection, part, question, asked)
                for value, part in (_parts(connection, source, by) if by else ())
            }
        except (duckdb.ConversionException, duckdb.BinderException, ValueError) as error:
            raise CannotAsk(
                f"{data.name}: {question.treated} and the period hold 0 or 1, outcomes, bands, balance and cost hold"
                f" numbers; some of {', '.join(question.columns)} do not"
            ) from error
    return Answer(whole, parts)


def verdict_on(connection: duckdb.DuckDBPyConnection, source: str, question: Question, asked: Criteria) -> Verdict:
    """Estimate and judge a question on a query of a connection.

    The baseline of a panel is cut into bands, at the quantiles of the treated of these very rows.
    """
    if question.before and question.before not in question.bands and not question.by_lot:
        question = replace(question, bands={**question.bands, question.before: int(asked.baseline_bands)})
    return judge(question, estimate(connection, source, question), asked)


@contextmanager
def _source(settings: Settings, data: Path, table: str | None) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    file = literal(data.absolute())
    with connect(settings) as connection:
        if data.suffix in _READERS:
            yield connection, f"from {_READERS[data.suffix]}({file})"
        elif data.suffix == ".duckdb" and table:
            connection.execute(f"attach {file} as data (read_only)")
            yield connection, "from data." + ".".join(quoted(part) for part in table.split("."))
        else:
            raise CannotAsk(f"{data.name}: give a .csv or .parquet file, or a .duckdb file with --table schema.table")


def _require_columns(connection: duckdb.DuckDBPyConnection, source: str, columns: tuple[str, ...]) -> None:
    try:
        there = [name for name, *_ in connection.execute(f"describe {source}").fetchall()]
    except duckdb.Error as error:
        raise CannotAsk("the data cannot be read as a table: check the file and the name of the table") from error
    missing = [name for name in columns if name not in there]
    if missing:
        raise CannotAsk(f"there is no column {', '.join(missing)}; the columns are {', '.join(there)}")


def _refuse_restricted(connection: duckdb.DuckDBPyConnection, source: str, columns: tuple[str, ...]) -> None:
    zones = ", ".join(f"'{zone}'" for zone in sorted(restricted_zones()))
    for name in columns:
        query = f"select count(*) from ({source}) where cast({quoted(name)} as varchar) in ({zones})"
        if (connection.execute(query).fetchone() or (0,))[0]:
            raise CannotAsk(f"{name} names a restricted zone: such a tag only adds offers, and no effect is told by it")


def _parts(connection: duckdb.DuckDBPyConnection, source: str, by: str) -> list[tuple[str, str]]:
    """Values of a column, each with the query of its rows."""
    text = f"cast({quoted(by)} as varchar)"
    found = connection.execute(
        f"select distinct {text} as value from ({source}) where value is not null order by value"
    ).fetchall()
    return [(value, f"from ({source}) where {text} = {literal(value)}") for (value,) in found]
