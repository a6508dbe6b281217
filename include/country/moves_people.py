"""Births, deaths, marriages and moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.country import persons as traits
from include.country.acts import REASON, decide
from include.country.facts import County
from include.country.households import blank
from include.country.identity import first_17
from include.country.offices import Layout, unit_id, village_unit
from include.country.population import (
    CHILD,
    DAUGHTER_IN_LAW,
    FATHER,
    FEMALE,
    GRANDCHILD,
    HEAD,
    MALE,
    MOTHER,
    SPOUSE,
)
from include.country.status import CAUSE, EXIT, STABLE
from include.country.tables import NULL, Ints, Mask, Table, age_on, between, full, index_of

if TYPE_CHECKING:
    from include.country.movement import Night

CHANGE = index_of("person_change")
REASONS = index_of("close_reason")
RELATION = index_of("relation")
OPERATION = index_of("operation")

BIRTHS, DEATHS, MARRIAGES_IN, MARRIAGES_OUT, MOVES_IN, HOUSEHOLDS_OUT, LAST_DEATHS = (
    0.006,
    0.006,
    0.004,
    0.004,
    0.003,
    0.0015,
    0.002,
)

_MODEST = 19_000
"""Yuan per head under which a monitored household stays when a member leaves."""


def village_office(county: County, households: Table, rows: Ints) -> Ints:
    """The village committee that answers for each household."""
    layout = Layout.of(county)
    return unit_id(
        county.number, village_unit(layout, np.searchsorted(layout.villages, households["village_code"][rows]))
    )


def _room(night: Night) -> Mask:
    """Households with room for one more: under eight members, and one more head does not push them below the range."""
    h, county = night.households, night.state.county
    per_head = h["net_income"] / 100 / (h["members_declared"] + 1)
    exited = h["exit_flag"] == EXIT["1"]
    return np.asarray((h["members_declared"] < 8) & (~exited | (per_head > county.monitoring_range * 1.01)))


def _may_shrink(night: Night) -> Mask:
    """Households of two or more; a monitored one only where its income per head stays usual with one head less."""
    h = night.households
    left = np.maximum(h["members_declared"] - 1, 1)
    return np.asarray(
        (h["members_declared"] >= 2)
        & ((h["monitoring_identified_on"] == NULL) | (h["net_income"] < left * _MODEST * 100))
    )


def _pick_person(night: Night, mask: Mask, share: float, where: Mask) -> tuple[Ints, Ints]:
    """One masked person each of a share of the households that have one: rows of persons, rows of households."""
    p = night.persons
    at = np.flatnonzero(mask & (p["_closed"] == NULL))
    rows = night.row(p["household_id"][at])
    _, first = np.unique(rows, return_index=True)
    at, rows = at[first].astype(np.int64), rows[first]
    has = np.zeros(len(night.free), dtype=bool)
    has[rows] = True
    chosen = night.some(has & where, share)
    kept = np.isin(rows, chosen)
    return at[kept], rows[kept]


def _add_members(night: Night, rows: Ints, role: Ints, sex: Ints, relation: Ints, birth: Ints, change: str) -> None:
    """New members of households, with the next free number of each."""
    n, p, h = len(rows), night.persons, night.households
    if n == 0:
        return
    hid = h["household_id"][rows]
    order = np.lexsort([p["person_no"], p["household_id"]])
    last = np.searchsorted(p["household_id"][order], hid, side="right") - 1
    schooling = traits.schooling_of(night.rng, birth, night.today)
    health = full(n, traits.HEALTHY)
    labour = traits.labour_of(night.rng, birth, schooling, health, night.today)
    fresh: Table = {
        "household_id": hid,
        "person_no": p["person_no"][order][last] + 1,
        "resident_17": first_17(night.state.county.number, birth, sex, p["birth_date"], p["sex"]),
        "sex": sex,
        "relation": relation,
        "birth_date": birth,
        "education": traits.education_of(night.rng, birth, schooling, night.today),
        "schooling": schooling,
        "health": health,
        "_role": role,
        "labour": labour,
        "work_place": full(n),
        "work_months": full(n),
        "pension_insurance": traits.pension_of(night.rng, birth, schooling, night.today),
        "medical_insurance": full(n, 1),
        "serious_illness_insurance": full(n, 1),
        "change_kind": full(n, CHANGE[change]),
        "changed_on": np.maximum(night.today - between(night.rng, 0, 3, n), birth),
        **blank(n, night.number),
    }
    night.state.tables["persons"] = {c: np.concatenate([p[c], fresh[c]]) for c in p}
    h["members_declared"][rows] += 1
    night.survey(rows)


def close_persons(night: Night, at: Ints, rows: Ints, change: str, reason: str) -> None:
    """Close members: the village committee tells why and since when."""
    p, n = night.persons, len(at)
    when = night.today - between(night.rng, 0, 2, n)
    p["change_kind"][at], p["changed_on"][at] = CHANGE[change], when
    p["operation"][at], p["close_reason"][at] = OPERATION["close"], REASONS[reason]
    p["closed_on"][at], p["closed_by"][at] = when, village_office(night.state.county, night.households, rows)
    p["_closed"][at] = night.number
    night.touch("persons", at)


def _births(night: Night) -> None:
    p = night.persons
    age = age_on(p["birth_date"], night.today)
    mother = (p["sex"] == FEMALE) & (age >= 21) & (age <= 40)
    wife = mother & np.isin(p["_role"], [HEAD, SPOUSE, DAUGHTER_IN_LAW])
    at, rows = _pick_person(night, wife, BIRTHS * 4, _room(night))
    n = len(rows)
    sex = np.where(night.rng.random(n) < 0.52, MALE, FEMALE).astype(np.int64)
    grand = p["_role"][at] == DAUGHTER_IN_LAW
    child = np.where(sex == MALE, RELATION["03"], RELATION["04"])
    relation = np.where(grand, np.where(sex == MALE, RELATION["07"], RELATION["08"]), child)
    birth = night.today - between(night.rng, 0, 6, n)
    _add_members(night, rows, np.where(grand, GRANDCHILD, CHILD), sex, relation, birth, "11")


def _succeed(night: Night, rows: Ints) -> None:
    """Where the head has gone, the spouse becomes head, and the head's parents become parents-in-law."""
    p = night.persons
    there = np.zeros(len(night.free), dtype=bool)
    there[rows] = True
    mine = there[night.row(p["household_id"])] & (p["_closed"] == NULL)
    spouse = mine & (p["_role"] == SPOUSE)
    widow = np.zeros(len(night.free), dtype=bool)
    widow[night.row(p["household_id"][spouse & (p["sex"] == FEMALE)])] = True
    hers = widow[night.row(p["household_id"])]
    parents = mine & np.isin(p["_role"], [FATHER, MOTHER])
    father = p["_role"] == FATHER
    p["relation"] = np.where(parents & hers & father, RELATION["15"], p["relation"])
    p["relation"] = np.where(parents & hers & ~father, RELATION["16"], p["relation"])
    p["relation"] = np.where(parents & ~hers & father, RELATION["13"], p["relation"])
    p["relation"] = np.where(parents & ~hers & ~father, RELATION["14"], p["relation"])
    p["relation"] = np.where(spouse, RELATION["01"], p["relation"])
    p["_role"] = np.where(spouse, HEAD, p["_role"])
    night.touch("persons", np.flatnonzero(spouse | parents))


def _deaths(night: Night) -> None:
    p, h = night.persons, night.households
    age = age_on(p["birth_date"], night.today)
    row = night.row(p["household_id"])
    causes = np.stack([h["main_cause"], h["_other_1"], h["_other_2"]])
    needs_ill: Mask = np.asarray(np.isin(causes, [CAUSE["01"], CAUSE["02"]]).any(axis=0))
    with_spouse = np.zeros(len(night.free), dtype=bool)
    with_spouse[row[(p["_role"] == SPOUSE) & (p["_closed"] == NULL)]] = True
    # The one who is ill is the cause of the household's need; such a death changes the cause, which a survey must find.
    may = (age >= 62) & ((p["health"] == traits.HEALTHY) | ~needs_ill[row]) & ((p["_role"] != HEAD) | with_spouse[row])
    at, rows = _pick_person(night, may & (p["work_months"] == NULL), DEATHS * 3, _may_shrink(night))
    was_head = p["_role"][at] == HEAD
    close_persons(night, at, rows, "21", "death")
    h["members_declared"][rows] -= 1
    _succeed(night, rows[was_head])
    night.survey(rows)


def _marriages(night: Night) -> None:
    p = night.persons
    age = age_on(p["birth_date"], night.today)
    out_of_school = p["schooling"] == traits.NOT_IN_SCHOOL
    son = (p["_role"] == CHILD) & (p["sex"] == MALE) & (age >= 23) & (age <= 32)
    at, rows = _pick_person(night, son & out_of_school, MARRIAGES_IN * 5, _room(night))
    n = len(rows)
    birth = np.minimum(p["birth_date"][at] + between(night.rng, -300, 900, n), night.today - 20 * 366)
    _add_members(night, rows, full(n, DAUGHTER_IN_LAW), full(n, FEMALE), full(n, RELATION["05"]), birth, "12")
    p = night.persons
    age = age_on(p["birth_date"], night.today)
    daughter = (
        (p["_role"] == CHILD)
        & (p["sex"] == FEMALE)
        & (age >= 20)
        & (age <= 32)
        & (p["schooling"] == traits.NOT_IN_SCHOOL)
    )
    free_to_go = daughter & (p["health"] == traits.HEALTHY)
    at, rows = _pick_person(night, free_to_go, MARRIAGES_OUT * 5, _may_shrink(night))
    close_persons(night, at, rows, "22", "moved_out")
    night.households["members_declared"][rows] -= 1
    night.survey(rows)


def _moves_in(night: Night) -> None:
    """The head's mother moves in."""
    p, h = night.persons, night.households
    no_parent = np.ones(len(night.free), dtype=bool)
    no_parent[night.row(p["household_id"][np.isin(p["_role"], [FATHER, MOTHER])])] = False
    age = age_on(p["birth_date"], night.today)
    at, rows = _pick_person(
        night, (p["_role"] == HEAD) & (age < 60), MOVES_IN, _room(night) & no_parent & (h["exit_flag"] == EXIT["1"])
    )
    n = len(rows)
    has_husband = np.zeros(len(night.free), dtype=bool)
    has_husband[night.row(p["household_id"][(p["_role"] == SPOUSE) & (p["sex"] == MALE) & (p["_closed"] == NULL)])] = (
        True
    )
    relation = np.where(has_husband[rows], RELATION["16"], RELATION["12"])
    birth = p["birth_date"][at] - between(night.rng, 20 * 365, 28 * 365, n)
    _add_members(night, rows, full(n, MOTHER), full(n, FEMALE), relation, birth, "13")


def close_households(night: Night, rows: Ints, change: str, reason: str, why: str) -> None:
    """Close households with all their members and charges, by a decision of the county office."""
    state, h, n = night.state, night.households, len(rows)
    if n == 0:
        return
    day = full(n, night.today)
    decisions = decide(state.county, h["household_id"][rows], "remove", full(n, REASON[why]), day)
    state.add("decisions", decisions, night.number)
    h["operation"][rows], h["close_reason"][rows] = OPERATION["close"], REASONS[reason]
    h["closed_on"][rows], h["closed_by"][rows] = night.today, decisions["office_unit_id"]
    h["_closed"][rows] = night.number
    night.touch("households", rows)
    gone = np.zeros(len(night.free), dtype=bool)
    gone[rows] = True
    p = night.persons
    at = np.flatnonzero(gone[night.row(p["household_id"])] & (p["_closed"] == NULL)).astype(np.int64)
    close_persons(night, at, night.row(p["household_id"][at]), change, reason)
    a = state.tables["assignments"]
    ends = np.flatnonzero(gone[night.row(a["household_id"])] & (a["to_date"] == NULL)).astype(np.int64)
    a["to_date"][ends] = night.today
    night.touch("assignments", ends)


def _households_out(night: Night) -> None:
    h, p = night.households, night.persons
    close_households(night, night.some(h["_status"] == STABLE, HOUSEHOLDS_OUT), "23", "moved_out", "moved_out")
    age = age_on(p["birth_date"], night.today)
    old = np.zeros(len(night.free), dtype=bool)
    old[night.row(p["household_id"][(age >= 70) & (p["_closed"] == NULL)])] = True
    alone = old & (h["members_declared"] == 1) & (h["_status"] == STABLE)
    close_households(night, night.some(alone, LAST_DEATHS * 10), "21", "death", "all_members_died")


def move_people(night: Night) -> None:
    """All of a night's natural movement."""
    _births(night)
    _deaths(night)
    _marriages(night)
    _moves_in(night)
    _households_out(night)
