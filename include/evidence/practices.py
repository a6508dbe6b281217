"""Practice cards: what a measure did to households, from the published marts' own history; by cause and by zone.

The treated got the measure in an income year; the comparison had it in no year up to the end of the next. The outcome
is that of the income year after, the baseline that of the year before, and the year before that tests the pre-trend.
Who had the measure at another time is on neither side. Zones are the contiguous areas, which do not overlap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from include.duck import connect
from include.evidence.criteria import criteria
from include.evidence.effect import verdict_on
from include.evidence.judge import Verdict
from include.evidence.question import Question
from include.settings import Settings
from include.warehouse.copy import attach_read_only

#: Outcomes of a household in an income year, from its versions; null where a part is missing.
OUTCOMES: Mapping[str, str] = {
    "income_per_head": (
        "cast((wage_income + business_income + property_income + transfer_income - production_costs)"
        " / nullif(members_declared, 0) as double)"
    ),
    "deprivations": (
        "cast(not food_clothing_secure as integer) + cast(housing_grade in ('C', 'D') as integer)"
        " + cast(not water_safe as integer)"
    ),
}

QUESTION = Question(
    treated="treated",
    after="after",
    before="before",
    earlier="earlier",
    strata=("zone", "cause", "size", "other_measures"),
    cluster="village_code",
    cost="cost",
)

# The income year runs from 1 October of the year before to 30 September (contract, households.income_year).
_HOUSEHOLDS = """
create or replace temp table practice as
with outcomes as (
    select household_key, income_year, {outcome} as outcome, village_code, main_cause, members_declared
    from p.household.household_versions
    where income_year between $year - 2 and $year + 1 and operation is distinct from 'close'
    qualify row_number() over (partition by household_key, income_year order by version desc) = 1
),
delivered as (
    select
        household_key,
        measure_code,
        delivered_on between make_date($year - 1, 10, 1) and make_date($year, 9, 30) as in_year,
        cast(amount as double) as amount
    from p.household.household_measures
    where standing = 'delivered' and delivered_on <= make_date($year + 1, 9, 30)
),
given as (
    select
        household_key,
        bool_or(in_year) as in_year,
        bool_or(not in_year) as at_another_time,
        sum(amount) filter (where in_year) as cost
    from delivered where measure_code = $measure group by household_key
),
others as (
    select household_key, count(distinct measure_code) as other_measures
    from delivered where in_year and measure_code <> $measure group by household_key
),
areas as (
    select place_zones.place_code, min(place_zones.zone_id) as zone
    from p.zone.place_zones as place_zones
    inner join p.zone.zones as zones on place_zones.zone_id = zones.zone_id
    where zones.kind = 'contiguous_area'
    group by place_zones.place_code
)
select
    coalesce(given.in_year, false) as treated,
    after_year.outcome as after,
    before_year.outcome as before,
    earlier_year.outcome as earlier,
    coalesce(areas.zone, 'outside') as zone,
    before_year.main_cause as cause,
    least(before_year.members_declared, 5) as size,
    least(coalesce(others.other_measures, 0), 2) as other_measures,
    before_year.village_code,
    given.cost
from outcomes as before_year
inner join outcomes as after_year
    on before_year.household_key = after_year.household_key and after_year.income_year = $year + 1
inner join outcomes as earlier_year
    on before_year.household_key = earlier_year.household_key and earlier_year.income_year = $year - 2
left join given on before_year.household_key = given.household_key
left join others on before_year.household_key = others.household_key
left join areas on before_year.village_code = areas.place_code
where before_year.income_year = $year - 1 and not coalesce(given.at_another_time, false)
"""


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


def practice_cards(
    settings: Settings, marts: Path, measure: str, year: int, outcome: str, on: date | None = None
) -> Cards:
    """Cards of a measure given in an income year, from a published marts file opened read-only.

    A cause or zone with fewer treated than are asked for is counted and gets no card. Raises KeyError for an unknown
    outcome, duckdb.Error when the file cannot be read.
    """
    asked = criteria(on)
    with connect(settings) as connection:
        attach_read_only(connection, marts.resolve(), "p")
        connection.execute(_HOUSEHOLDS.format(outcome=OUTCOMES[outcome]), {"year": year, "measure": measure})
        cells = connection.execute(
            "select cause, zone, count(*) filter (where treated) from practice where cause is not null"
            " group by cube (cause, zone) order by cause nulls first, zone nulls first"
        ).fetchall()
        whole, parts = cells[:1], cells[1:]
        large = [*whole, *(cell for cell in parts if cell[2] >= asked.units_min)]
        cards = tuple(
            Card(measure, outcome, cause, zone, verdict_on(connection, _rows(connection, cause, zone), QUESTION, asked))
            for cause, zone, _ in large
        )
    return Cards(cards, sum(0 < cell[2] < asked.units_min for cell in parts))


def _rows(connection: duckdb.DuckDBPyConnection, cause: str | None, zone: str | None) -> str:
    """Query of the households of a cell; the table is bound, the values are not in any text."""
    connection.execute(
        "create or replace temp table practice_cell as select * from practice"
        " where ($cause is null or cause = $cause) and ($zone is null or zone = $zone)",
        {"cause": cause, "zone": zone},
    )
    return "from practice_cell"
