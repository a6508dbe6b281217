"""One analyst: a process of its own that opens the published marts as analysts do and asks questions until told to end.

`python -m benchmarks.analyst FILE ASKED SEED PAUSE END REPORT`: ASKED is a JSON file of what can be asked about
(`Subjects`), PAUSE the mean pause between two questions in seconds, END the file whose presence ends the work. REPORT
gets one JSON line for each question (`Answer`).
"""

from __future__ import annotations

import json
import random
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

OPENING = "open the file"
"""What an analyst does now and then: the published file is opened anew, and shows the newest publication."""
REOPENED = 0.1
"""How often, for each question, the file is opened anew before it; else the connection at hand is asked."""


@dataclass(frozen=True)
class Question:
    """A question, what it is asked about (a field of Subjects, bound to each parameter), and how often."""

    kind: str
    name: str
    sql: str
    about: str
    weight: int


HOUSEHOLD, ZONE, LIST, NATION = "one household", "a zone's months", "a county's list", "the nation"

QUESTIONS = (
    Question(HOUSEHOLD, "its row", "select * from household.households where household_key = $1", "households", 3),
    Question(HOUSEHOLD, "its story", "select * from household.household_story($1)", "households", 3),
    Question(
        HOUSEHOLD,
        "as of a day",
        "select * from household.households_as_of(date '{day}', known_at := timestamp '{day} 23:59:59')"
        " where household_key = $1",
        "households",
        2,
    ),
    Question(
        HOUSEHOLD,
        "what should be offered",
        "select condition_code, measure_en, offer, decided_by_rule, standing from household.recommended_measures"
        " where household_key = $1 order by condition_kind, condition_code, priority, measure_code",
        "households",
        2,
    ),
    Question(
        HOUSEHOLD,
        "who answers for it",
        "select level, role, staff_key, unit_key, vacant from responsibility.duty_chain where household_key = $1"
        " order by level_order",
        "households",
        2,
    ),
    Question(
        ZONE,
        "poverty",
        "select month, vintage, line, income, registered, share_of_registered_below_line, poverty_gap"
        " from zone.poverty_monthly where area_kind = 'zone' and area_code = $1 and weight = 'persons'"
        " order by month, vintage, line, income",
        "zones",
        2,
    ),
    Question(
        ZONE,
        "causes",
        "select month, cause_en, main_households, main_percent from zone.cause_profile"
        " where area_kind = 'zone' and area_code = $1 order by month, main_households desc, cause_en",
        "zones",
        1,
    ),
    Question(
        ZONE,
        "conditions",
        "select month, dimension, deprived_share, contribution from zone.deprivations_monthly"
        " where area_kind = 'zone' and area_code = $1 and weight = 'persons' order by month, dimension",
        "zones",
        1,
    ),
    Question(
        LIST,
        "to be visited first",
        "select household_key, deprivations, last_visit_on, helper_staff_key from household.households"
        " where county_code = $1 and visit_overdue and helper_staff_key is not null"
        " order by deprivations desc, last_visit_on nulls first, household_key limit 8",
        "counties",
        2,
    ),
    Question(
        LIST,
        "causes without a fitting measure",
        "select f.cause, f.fit, count(*) as households from household.measure_fit as f"
        " inner join household.households as h on f.household_key = h.household_key"
        " where h.county_code = $1 and f.fit <> 'delivered' group by f.cause, f.fit order by households desc, 1, 2",
        "counties",
        1,
    ),
    Question(
        NATION,
        "in need by county",
        "select p.path_zh, count(*) as households, count(*) filter (where h.in_need) as in_need"
        " from household.households as h inner join zone.places as p on h.county_code = p.place_code"
        " group by p.path_zh, h.county_code order by in_need desc, h.county_code",
        "",
        1,
    ),
)
"""The mix: questions of docs/cookbook.md and docs/analysts.md, about one of many subjects at random."""


@dataclass(frozen=True)
class Subjects:
    """What can be asked about."""

    day: str
    households: tuple[str, ...]
    zones: tuple[str, ...]
    counties: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """One question as it went; `at` is the machine's monotonic clock when it was asked."""

    at: float
    kind: str
    name: str
    milliseconds: float
    cpu_milliseconds: float
    """Of the analyst's process, all its threads."""
    rows: int
    publication: int
    error: str


def ask(connection: duckdb.DuckDBPyConnection, question: Question, subject: str, day: str) -> list[tuple[Any, ...]]:
    """The rows of an answer, all fetched."""
    sql = question.sql.replace("{day}", day)
    if "household_story" in sql:  # a parameter of a macro is not bound but written, as people do
        sql = sql.replace("$1", f"'{subject}'")
    rows: list[tuple[Any, ...]] = connection.execute(sql, [subject] if "$1" in sql else []).fetchall()
    return rows


def open_marts(path: Path) -> tuple[duckdb.DuckDBPyConnection, int]:
    """A connection with DuckDB's own defaults, as docs/analysts.md opens it, and the number of the publication."""
    connection = duckdb.connect(str(path), read_only=True)
    ((number,),) = connection.execute("select number from quality.publication").fetchall()
    return connection, int(number)


def main(file: str, asked: str, seed: str, pause: str, end: str, report: str) -> None:
    """Ask until the file `end` is there. Errors are answers too: they are kept, and the file is opened anew."""
    told = json.loads(Path(asked).read_text(encoding="utf-8"))
    subjects = Subjects(told["day"], *(tuple(told[name]) for name in ("households", "zones", "counties")))
    chance = random.Random(int(seed))  # noqa: S311 a benchmark's mix, nothing secret
    weights = [question.weight for question in QUESTIONS]
    connection: duckdb.DuckDBPyConnection | None = None
    number = 0
    with Path(report).open("w", encoding="utf-8", buffering=1) as out:  # who waits for the first answer sees it

        def keep(asked: tuple[float, float], kind: str, name: str, rows: int, error: str = "") -> None:
            took, used = (1000 * (now - before) for now, before in zip(_clocks(), asked, strict=True))
            out.write(json.dumps(asdict(Answer(asked[0], kind, name, took, used, rows, number, error))) + "\n")

        while not Path(end).exists():
            time.sleep(chance.uniform(0, 2 * float(pause)))
            asked_at = _clocks()
            try:
                if connection is None or chance.random() < REOPENED:
                    if connection is not None:
                        connection.close()
                    connection, number = open_marts(Path(file))
                    keep(asked_at, OPENING, OPENING, 1)
                    asked_at = _clocks()
                (question,) = chance.choices(QUESTIONS, weights)
                subject = chance.choice(getattr(subjects, question.about)) if question.about else ""
                keep(asked_at, question.kind, question.name, len(ask(connection, question, subject, subjects.day)))
            except duckdb.Error as error:
                keep(asked_at, "error", "error", 0, f"{type(error).__name__}: {error}")
                connection = None


def _clocks() -> tuple[float, float]:
    return time.monotonic(), time.process_time()


if __name__ == "__main__":
    main(*sys.argv[1:])
