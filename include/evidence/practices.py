"""Practice cards of any income year: what a measure did to households, by cause and by zone.

Who had the measure, who never had it, and what they are compared within is said once, by the models of
dbt_project/models/intermediate/practice; dbt builds them here for the year that is asked for, in a scratch warehouse
of last night's households. Each card is then estimated and judged as `targeted effect` does it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass

import duckdb

from include.duck import connect
from include.evidence.criteria import criteria
from include.evidence.estimate import estimate
from include.evidence.judge import Verdict, judge
from include.evidence.question import Question
from include.home import Home
from include.settings import Settings
from include.warehouse.copy import attach_read_only
from include.warehouse.dbt import run_dbt
from include.warehouse.scratch import CannotRebuild, published_night, scratch_home, take_inputs

OUTCOMES = ("income_per_head", "deprivations")
"""What int_practice_units tells of."""
MODELS = (
    "int_practice_outcomes", "int_practice_year", "int_practice_deliveries", "int_practice_households",
    "int_practice_units",
)  # fmt: skip
#: What they stand on, with the columns they read: a nation's versions are wide.
INPUTS: Mapping[str, str] = {
    "intermediate.int_household_versions": "household_key, operation, income_year, as_of, known_at, number, file, row,"
    " village_code, main_cause, members_declared, wage_income, business_income, property_income, transfer_income,"
    " production_costs, food_clothing_secure, housing_grade, water_safe",
    "intermediate.int_delivered_measures": "household_key, measure_code, delivered_on, amount",
    "intermediate.int_place_zones": "* where cut_id = 'night'",
    "intermediate.int_standards_in_force": "*",
    "seeds.zones": "*",
}
QUESTION = Question(
    treated="treated",
    after="outcome_after",
    before="outcome_before",
    earlier="outcome_earlier",
    strata=("zone_id", "cause", "size_band", "other_measures", "baseline_band"),
    cluster="village_code",
    cost="cost",
)
_YEAR = "TARGETED_PRACTICE_YEAR"


@dataclass(frozen=True)
class Card:
    """What a measure did in one cause and zone; None stands for all of them."""

    measure_code: str
    outcome: str
    cause: str | None
    zone: str | None
    verdict: Verdict


@dataclass(frozen=True)
class Cards:
    """The cards of a measure, the whole first, and how many causes and zones are too small for one."""

    cards: tuple[Card, ...]
    too_small: int


def practice_cards(home: Home, settings: Settings, measure: str, year: int, outcome: str) -> Cards:
    """Cards of a measure given in an income year, from the published night's households; nothing is published.

    A cause or zone with fewer treated than are asked for is counted and gets no card. Raises CannotRebuild when no
    night is published, its warehouse holds another one or is being written, or dbt fails.
    """
    night = published_night(home)
    with scratch_home(home, "practices") as scratch:
        take_inputs(home, settings, scratch, night, INPUTS)
        with redirect_stdout(sys.stderr):  # dbt's lines are progress: the answer alone goes to standard output
            asked = {_YEAR: str(year)}
            if run_dbt(scratch, settings, night, ["run", "--select", *MODELS], asked=asked) != 0:
                raise CannotRebuild("dbt could not build the households to compare; its lines are above")
        with connect(settings) as connection:
            attach_read_only(connection, scratch.warehouse, "s")
            connection.execute(
                "create temp table practice as from s.intermediate.int_practice_units"
                " where measure_code = $measure and outcome = $outcome",
                {"measure": measure, "outcome": outcome},
            )
            return _cards(connection, measure, outcome)


def _cards(connection: duckdb.DuckDBPyConnection, measure: str, outcome: str) -> Cards:
    asked = criteria()
    cells = connection.execute(
        "select cause, zone_id, count(*) filter (where treated = 1) from practice"
        " group by cube (cause, zone_id) order by cause nulls first, zone_id nulls first"
    ).fetchall()
    whole, parts = cells[:1] or [(None, None, 0)], cells[1:]
    cards = []
    for cause, zone, _ in [*whole, *(cell for cell in parts if cell[2] >= asked.units_min)]:
        _take(connection, cause, zone)
        found = estimate(connection, "from practice_cell", QUESTION)
        cards.append(Card(measure, outcome, cause, zone, judge(QUESTION, found, asked)))
    return Cards(tuple(cards), sum(0 < cell[2] < asked.units_min for cell in parts))


def _take(connection: duckdb.DuckDBPyConnection, cause: str | None, zone: str | None) -> None:
    """The households of a cell, as practice_cell; the values are bound and stand in no text."""
    connection.execute(
        "create or replace temp table practice_cell as select * from practice"
        " where ($cause is null or cause = $cause) and ($zone is null or zone_id = $zone)",
        {"cause": cause, "zone": zone},
    )
