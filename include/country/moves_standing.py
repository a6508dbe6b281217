"""Shocks, exits, returns, risks cleared, applications answered, new households."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.country import persons as traits
from include.country.acts import APPLICATION, REASON, decide
from include.country.households import Request, blank, draw_households
from include.country.money import provider_of
from include.country.offers import CODE, draw_offers, make_offers, measure_table, members_of, person_for
from include.country.offers import FIRST as FIRST_MEASURE
from include.country.offices import Layout, choose_helper
from include.country.status import (
    APPLICANT,
    ATTRIBUTE,
    CLASS,
    EXIT,
    MARGINAL,
    POOR,
    PRE_EXIT,
    REFUSED,
    RETURNED,
    RISK,
    RISK_STATUS,
    SHOCKED_EXITED,
    STABLE,
    UNSTABLE,
)
from include.country.tables import NULL, Ints, Mask, Table, between, concat, full, pick, uniform

if TYPE_CHECKING:
    from include.country.movement import Night

SHOCKS, EXITS, RETURNS, CLEARED, ANSWERED, NEW = 0.005, 0.06, 0.012, 0.02, 0.25, 0.004
_MIN_WATCHED_DAYS = 95
_FULL_COUNTY = 50
"""Households from which a county has a new registration every night."""
_MODEST = 19_000
"""Yuan per head up to which a shock brings a household into monitoring."""
_PARTS = (
    "wage_income",
    "business_income",
    "property_income",
    "transfer_income",
    "assistance_income",
    "production_costs",
)


def scale_income(households: Table, rows: Ints, per_head: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
    """Scale all parts of incomes so that the net comes near a target per head (yuan); it still adds up."""
    net = np.maximum(households["net_income"][rows], 1)
    factor = per_head * households["_income_members"][rows] * 100 / net
    for part in _PARTS:
        households[part][rows] = np.rint(households[part][rows] * factor / 100).astype(np.int64) * 100
    households["assistance_income"][rows] = np.minimum(
        households["assistance_income"][rows], households["transfer_income"][rows]
    )
    earned = sum(households[part][rows] for part in _PARTS[:4])
    households["net_income"][rows] = earned - households["production_costs"][rows]


def offer(night: Night, rows: Ints, code: Ints) -> None:
    """Offer a measure today to households; where nobody fits a person-borne one, it is not offered."""
    h = night.households
    table = {name: column[rows] for name, column in h.items()}
    person, fits = person_for(code, members_of(table, _persons_of(night, rows)))
    at = np.flatnonzero(fits & (code != NULL))
    n = len(at)
    if n == 0:
        return
    offers = make_offers(
        night.rng,
        h["household_id"][rows][at],
        code[at],
        person[at],
        full(n, night.today),
        night.today,
        settled=full(n),
        quick=np.zeros(n, dtype=bool),
    )
    _keep_offers(night, table, offers)


def _persons_of(night: Night, rows: Ints) -> Table:
    chosen = np.isin(night.persons["household_id"], night.households["household_id"][rows])
    return {name: column[chosen] for name, column in night.persons.items()}


def _keep_offers(night: Night, households: Table, offers: Table) -> None:
    order = np.argsort(households["household_id"], kind="stable")
    table = {name: column[order] for name, column in households.items()}
    offers["provider_unit_id"] = provider_of(night.state.county, table, offers, Layout.of(night.state.county))
    offers["project_id"] = full(len(offers["household_id"]))
    night.state.add("measures", offers, night.number)


def _shocks(night: Night) -> None:
    """Serious illness strikes a household that had exited: it is taken into monitoring and health help is offered."""
    h, p = night.households, night.persons
    grown = (p["_closed"] == NULL) & (p["health"] == traits.HEALTHY) & (p["_role"] <= 1) & (p["person_no"] <= 2)
    at = np.flatnonzero(grown)
    rows, first = np.unique(night.row(p["household_id"][at]), return_index=True)
    has = np.zeros(len(night.free), dtype=bool)
    has[rows] = True
    modest = h["net_income"] < h["members_declared"] * _MODEST * 100
    hit = night.some(has & modest & (h["_status"] == STABLE), SHOCKS)
    if len(hit) == 0:
        return
    ill = at[first][np.isin(rows, hit)].astype(np.int64)
    p["health"][ill], p["labour"][ill] = traits.SERIOUS, traits.LOST
    p["work_place"][ill], p["work_months"][ill] = NULL, NULL
    night.touch("persons", ill)
    n = len(hit)
    h["medical_cost"][hit] += between(night.rng, 20000, 80000, n) * 100
    h["monitoring_class"][hit], h["monitoring_identified_on"][hit] = CLASS["3"], night.today
    h["_risk_1"][hit], h["_risk_2"][hit] = RISK["01"], NULL
    h["risk_status"][hit], h["_status"][hit] = RISK_STATUS["1"], SHOCKED_EXITED
    night.survey(hit)
    offer(night, hit, full(n, CODE["M-HEALTH"]))


def _exits(night: Night) -> None:
    """Pre-exit households whose income has risen leave by decision; every guarantee is met."""
    h, county = night.households, night.state.county
    goes = night.some(h["_status"] == PRE_EXIT, EXITS)
    n = len(goes)
    now = county.line * 1.05 * h["members_declared"][goes] / h["_income_members"][goes]
    scale_income(h, goes, np.maximum(county.monitoring_range * uniform(night.rng, 1.04, 1.2, n), now))
    h["exit_flag"][goes], h["exited_on"][goes], h["_past_exit"][goes] = EXIT["1"], night.today, night.today
    h["_status"][goes] = STABLE
    h["food_clothing_secure"][goes] = 1
    night.state.add(
        "decisions",
        decide(county, h["household_id"][goes], "exit", "stable_income_and_guarantees", full(n, night.today)),
        night.number,
    )
    night.survey(goes)


def _returns(night: Night) -> None:
    """Monitored households that fell below the line come back by decision, and a measure is offered at once."""
    h, county = night.households, night.state.county
    falls = night.some((h["_status"] == UNSTABLE) & (h["risk_status"] == RISK_STATUS["1"]), RETURNS)
    n = len(falls)
    scale_income(h, falls, county.line * uniform(night.rng, 0.6, 0.93, n))
    h["exit_flag"][falls], h["exited_on"][falls], h["_returned_on"][falls] = EXIT["3"], NULL, night.today
    h["monitoring_class"][falls] = CLASS["0"]
    for column in ("monitoring_identified_on", "_risk_1", "_risk_2", "risk_status", "risk_eliminated_on"):
        h[column][falls] = NULL
    h["_status"][falls] = RETURNED
    night.state.add(
        "decisions",
        decide(county, h["household_id"][falls], "return", "fell_below_standard", full(n, night.today)),
        night.number,
    )
    night.survey(falls)
    offer(night, falls, measure_table(FIRST_MEASURE)[h["main_cause"][falls]])


def _clear(night: Night) -> None:
    """Risks of more than three months, with something delivered, are cleared by help; the income is above the range."""
    h, county, m = night.households, night.state.county, night.state.tables["measures"]
    helped = np.zeros(len(night.free), dtype=bool)
    helped[night.row(m["household_id"][(m["delivered_on"] != NULL) & (m["_closed"] == NULL)])] = True
    long = (h["risk_status"] == RISK_STATUS["1"]) & (h["monitoring_identified_on"] < night.today - _MIN_WATCHED_DAYS)
    done = night.some(long & helped & (h["monitoring_class"] != CLASS["3"]) & (h["exit_flag"] != EXIT["3"]), CLEARED)
    scale_income(h, done, county.monitoring_range * uniform(night.rng, 1.05, 1.5, len(done)))
    h["risk_status"][done], h["risk_eliminated_on"][done] = RISK_STATUS["2"], night.today
    night.survey(done)


def _register(night: Night, rows: Ints) -> None:
    """Make applicants registered households, by decision, from today."""
    h = night.households
    h["registered_on"][rows], h["_status"][rows], h["_rural"][rows] = night.today, POOR, 0
    ordinary = h["household_attribute"][rows] == ATTRIBUTE["6"]
    h["household_attribute"][rows] = np.where(ordinary, ATTRIBUTE["1"], ATTRIBUTE["4"])


def _answer(night: Night) -> None:
    """Applications that have waited are granted or refused; a refusal names the office, the reason and the appeal."""
    h, state = night.households, night.state
    rows = night.some((h["_status"] == APPLICANT) & (h["_applied_on"] < night.today - 10), ANSWERED)
    if len(rows) == 0:
        return
    below = h["net_income"][rows] < h["_income_members"][rows] * state.county.line * 100
    granted, refused = rows[below], rows[~below]
    _register(night, granted)
    h["_status"][refused] = REFUSED
    night.survey(rows)
    decisions = concat(
        decide(state.county, h["household_id"][granted], "register", "meets_standard", full(len(granted), night.today)),
        decide(
            state.county,
            h["household_id"][refused],
            "refuse",
            "does_not_meet_standard",
            full(len(refused), night.today),
        ),
    )
    state.add("decisions", decisions, night.number)
    _answer_applications(night, len(decisions["act"]))
    offer(night, granted, measure_table(FIRST_MEASURE)[h["main_cause"][granted]])


def _answer_applications(night: Night, newest: int) -> None:
    """Put tonight's last decisions under the applications of their households."""
    d, a, h = night.state.tables["decisions"], night.state.tables["applications"], night.households
    ids, households = d["decision_id"][-newest:], d["household_id"][-newest:]
    order = np.argsort(households, kind="stable")
    pending = np.flatnonzero((a["status"] == APPLICATION["pending"]) & np.isin(a["household_id"], households))
    a["decision_id"][pending] = ids[order][np.searchsorted(households[order], a["household_id"][pending])]
    refused = h["_status"][night.row(a["household_id"][pending])] == REFUSED
    a["status"][pending] = np.where(refused, APPLICATION["refused"], APPLICATION["granted"])
    night.touch("applications", pending.astype(np.int64))


def _arrive(night: Night) -> None:
    """New households: applying, registered by decision, or marginal and taken into monitoring; each gets a helper."""
    state, rng = night.state, night.rng
    h, p = night.households, night.persons
    count = max(int(rng.binomial(len(h["household_id"]), NEW)), int(len(h["household_id"]) >= _FULL_COUNTY))
    if count == 0:
        return
    status = pick(rng, count, {APPLICANT: 0.4, POOR: 0.4, MARGINAL: 0.2})
    status[0] = POOR
    year = int(h["income_year"].max())
    request = Request(
        count, len(h["household_id"]) + 1, night.today, night.number, year, status, p["birth_date"], p["sex"]
    )
    new, members = draw_households(rng, state.county, request)
    n = len(status)
    new["registered_on"] = np.where(status == POOR, night.today, NULL)
    new["_applied_on"] = np.where(
        status == MARGINAL, NULL, night.today - np.where(status == POOR, between(rng, 30, 50, n), 0)
    )
    new["monitoring_identified_on"] = np.where(status == MARGINAL, night.today, NULL)
    new["risk_status"] = np.where(status == MARGINAL, RISK_STATUS["1"], NULL)
    new["risk_eliminated_on"] = full(n)
    new["surveyed_on"] = full(n, night.today)
    state.tables["households"] = concat(h, new)
    state.tables["persons"] = concat(p, members)
    night.free = np.concatenate([night.free, np.zeros(n, dtype=bool)])
    helper = choose_helper(new, state.tables["staff"], night.number)
    assignments: Table = {
        "household_id": new["household_id"],
        "staff_id": helper,
        "from_date": full(n, night.today),
        "to_date": full(n),
        **blank(n, night.number),
    }
    state.tables["assignments"] = concat(state.tables["assignments"], assignments)
    registered = status == POOR
    state.add(
        "decisions",
        decide(
            state.county,
            new["household_id"][registered],
            "register",
            full(int(registered.sum()), REASON["meets_standard"]),
            full(int(registered.sum()), night.today),
        ),
        night.number,
    )
    _apply(night, new, registered)
    offers = draw_offers(rng, state.county, new, members, night.today)
    if len(offers["household_id"]):
        _keep_offers(night, new, offers)


def _apply(night: Night, new: Table, registered: Mask) -> None:
    asks = new["_applied_on"] != NULL
    ids = full(len(asks))
    d = night.state.tables["decisions"]
    count = int(registered.sum())
    ids[registered] = d["decision_id"][len(d["decision_id"]) - count :]
    rows: Table = {
        "household_id": new["household_id"][asks],
        "applied_on": new["_applied_on"][asks],
        "status": np.where(registered[asks], APPLICATION["granted"], APPLICATION["pending"]),
        "decision_id": ids[asks],
    }
    night.state.add("applications", rows, night.number)


def move_standing(night: Night) -> None:
    """All of a night's movement between standings."""
    _shocks(night)
    _exits(night)
    _returns(night)
    _clear(night)
    _answer(night)
    _arrive(night)
