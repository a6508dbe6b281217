"""The whole state of one county on one night: a table for each dataset it sends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from include.country.acts import draw_applications, draw_decisions, draw_grievances
from include.country.designated import make_deliveries, make_designations
from include.country.experiences import make_experiences
from include.country.facts import County
from include.country.households import Request, blank, draw_households
from include.country.money import link_projects, make_contributions, make_funds, make_plans, make_tasks, provider_of
from include.country.offers import cleared_too_early, draw_offers
from include.country.offices import Layout, assign, draw_visits, make_staff, make_units
from include.country.status import RISK_STATUS
from include.country.tables import NULL, Table, day, length, rng_for
from include.country.villages import make_villages

#: Digits after the letter in the numbers that a county hands out.
WIDTH = {"measures": 10**8, "visits": 10**9, "decisions": 10**8, "applications": 10**8, "grievances": 10**7}
KEY = {
    "measures": "measure_id",
    "visits": "visit_id",
    "decisions": "decision_id",
    "applications": "application_id",
    "grievances": "grievance_id",
}
_COUNTY_GRIEVANCES = {
    "measure_not_delivered": 0.4,
    "amount_wrong": 0.25,
    "wrong_exit": 0.15,
    "left_out": 0.1,
    "wrongly_included": 0.05,
    "other": 0.05,
}


@dataclass
class State:
    """Tables by dataset name, and the first night, against which years and projects are counted."""

    county: County
    first_day: int
    seed: int
    tables: dict[str, Table] = field(default_factory=dict)
    left_alone: set[int] = field(default_factory=set)
    """Households in which a hole was planted (holes.py): nobody visits them, and nothing else happens to them."""

    def add(self, dataset: str, rows: Table, night: int) -> None:
        """Append rows of a dataset whose key is handed out in order."""
        add_rows(self, dataset, rows, night)


def income_year(on: date) -> int:
    """The income year last ended: 1 October of the year before to 30 September."""
    return on.year if on.month >= 10 else on.year - 1


def add_rows(state: State, dataset: str, rows: Table, night: int) -> None:
    """Give new rows their numbers and the common columns, and append them."""
    table = state.tables.get(dataset)
    have = length(table) if table else 0
    n = length(rows)
    key = state.county.number * WIDTH[dataset] + 1 + have + np.arange(n, dtype=np.int64)
    fresh = {KEY[dataset]: key, **rows, **blank(n, night)}
    state.tables[dataset] = fresh if table is None else {c: np.concatenate([table[c], fresh[c]]) for c in table}


def begin(county: County, households: int, seed: int, first_night: date) -> State:
    """The county as it stands on the first night."""
    rng = rng_for(seed, county.number, 0, 0)
    today = day(first_night)
    state = State(county, today, seed)
    t = state.tables
    request = Request(count=households, first_number=1, today=today, night=0, income_year=income_year(first_night))
    t["households"], t["persons"] = draw_households(rng, county, request)
    t["villages"] = make_villages(rng, county, t["households"], today, 0)
    t["units"] = make_units(county, 0)
    t["staff"] = make_staff(rng, county, t["households"], today, 0)
    t["assignments"] = assign(rng, t["households"], t["staff"], today, 0)
    offers = draw_offers(rng, county, t["households"], t["persons"], today)
    offers["provider_unit_id"] = provider_of(county, t["households"], offers, Layout.of(county))
    link_projects(county, offers, today)
    early = cleared_too_early(t["households"], offers)
    t["households"]["risk_status"][early] = RISK_STATUS["3"]
    state.add("measures", offers, 0)
    state.add("visits", draw_visits(rng, t["assignments"], today), 0)
    state.add("decisions", draw_decisions(rng, county, t["households"]), 0)
    state.add("applications", draw_applications(t["households"], t["decisions"]), 0)
    state.add("grievances", draw_grievances(rng, t["households"], 0.004, _COUNTY_GRIEVANCES, today), 0)
    t["funds"] = make_funds(rng, county, t["measures"], today, 0)
    t["tasks"] = make_tasks(rng, county, t["staff"], today, 0)
    t["plans"] = make_plans(rng, county.number, county.number, households, first_night.year, 0)
    t["contributions"] = make_contributions(rng, county, today, 0)
    t["designations"] = make_designations(county, 0)
    t["experiences"] = make_experiences(rng_for(seed, county.number, 0, 79), county, today, 0)
    t["designation_deliveries"] = make_deliveries(county, t["designations"], seed, first_night, 0)
    return state


def is_open(table: Table) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Rows that have not been closed."""
    return np.asarray(table["_closed"] == NULL)
