"""The offices' work of a night: visits, answers, deliveries, new helpers and leaders, money, tasks, complaints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.country.acts import OUTCOME
from include.country.facts import measures
from include.country.households import blank
from include.country.money import PROJECT_WIDTH, make_funds
from include.country.offers import RESPONSE, amounts
from include.country.offices import ROLE, VISIT_DUE_DAYS
from include.country.tables import NULL, Ints, Mask, Table, concat, full, index_of, pick, rank_within, rng_for, take

if TYPE_CHECKING:
    from include.country.movement import Night

VISITS, ANSWERS, DELIVERIES, NEW_HELPERS, TASKS = 0.022, 0.3, 0.05, 0.002, 0.03


def _standing(night: Night, households: Ints) -> Ints:
    """1 where the household is still in the registry."""
    return np.asarray(night.households["_closed"][night.row(households)] == NULL)


def _in_charge(night: Night) -> Mask:
    """Assignments in force of households that work is done for."""
    a = night.state.tables["assignments"]
    alone = np.fromiter(night.state.left_alone, dtype=np.int64, count=len(night.state.left_alone))
    there = _standing(night, a["household_id"]) & ~np.isin(a["household_id"], alone)
    return np.asarray((a["to_date"] == NULL) & (a["_closed"] == NULL) & there)


def _due(night: Night) -> Mask:
    """Assignments whose household nobody has seen for as long as a helper lets pass."""
    a, v = night.state.tables["assignments"], night.state.tables["visits"]
    seen = full(len(night.households["household_id"]))
    np.maximum.at(seen, night.row(v["household_id"]), v["visited_on"])
    return np.asarray(np.maximum(seen[night.row(a["household_id"])], a["from_date"]) <= night.today - VISIT_DUE_DAYS)


def _visits(night: Night) -> None:
    a = night.state.tables["assignments"]
    active = _in_charge(night)
    goes = np.flatnonzero(active & (_due(night) | (night.rng.random(len(active)) < VISITS)))
    n = len(goes)
    kinds = index_of("visit_kind")
    rows: Table = {
        "household_id": a["household_id"][goes],
        "staff_id": a["staff_id"][goes],
        "visited_on": full(n, night.today),
        "visit_kind": pick(night.rng, n, {kinds["1"]: 0.92, kinds["2"]: 0.06, kinds["3"]: 0.02}),
    }
    night.state.add("visits", rows, night.number)


def _answers(night: Night) -> None:
    m = night.state.tables["measures"]
    waiting = (m["response"] == RESPONSE["0"]) & (m["offered_on"] < night.today) & _standing(night, m["household_id"])
    at = np.flatnonzero(waiting & (night.rng.random(len(waiting)) < ANSWERS)).astype(np.int64)
    agree = np.array([x.needs_agreement for x in measures()])[m["measure_code"][at]]
    yes = night.rng.random(len(at)) < 0.94
    m["response"][at] = np.where(yes, RESPONSE["1"], RESPONSE["2"])
    m["responded_on"][at] = night.today
    m["agreement_recorded"][at] = np.where(agree, yes.astype(np.int64), NULL)
    m["planned_on"][at] = np.where(yes, night.today + 20, NULL)
    night.touch("measures", at)


def _deliveries(night: Night) -> None:
    m, county = night.state.tables["measures"], night.state.county
    due = (m["response"] == RESPONSE["1"]) & (m["delivered_on"] == NULL) & (m["responded_on"] <= night.today)
    due &= _standing(night, m["household_id"])
    at = np.flatnonzero(due & (night.rng.random(len(due)) < DELIVERIES)).astype(np.int64)
    m["delivered_on"][at] = night.today
    m["amount"][at] = amounts(night.rng, m["measure_code"][at])
    project = county.number * PROJECT_WIDTH + 10 * (m["measure_code"][at] + 1) + 1
    m["project_id"][at] = np.where(m["amount"][at] == NULL, NULL, project)
    night.touch("measures", at)


def _funds(night: Night) -> None:
    """Money follows what was delivered; a project that runs short is given more before it is spent.

    A project that nothing was delivered from stays as it is.
    """
    state = night.state
    old = state.tables["funds"]
    now = make_funds(
        rng_for(state.seed, state.county.number, 0, 9),
        state.county,
        state.tables["measures"],
        state.first_day,
        night.number,
    )
    at = np.searchsorted(old["project_id"], now["project_id"]).clip(max=len(old["project_id"]) - 1)
    known = old["project_id"][at] == now["project_id"]
    for column in ("fund_source", "allocated_on"):
        now[column] = np.where(known, old[column][at], now[column])
    now["allocated"] = np.where(known, np.maximum(old["allocated"][at], now["disbursed"]), now["allocated"])
    now["disbursed_on"] = np.maximum(now["disbursed_on"], now["allocated_on"])
    same = known & (old["disbursed"][at] == now["disbursed"]) & (old["allocated"][at] == now["allocated"])
    now["_touched"] = np.where(same, old["_touched"][at], night.number)
    now["disbursed_on"] = np.where(same, old["disbursed_on"][at], now["disbursed_on"])
    rows = concat(now, take(old, ~np.isin(old["project_id"], now["project_id"])))
    state.tables["funds"] = take(rows, np.argsort(rows["project_id"], kind="stable"))


def _new_helpers(night: Night) -> None:
    """A household gets another helper of its village: the old charge ends yesterday, the new one begins today."""
    a, staff = night.state.tables["assignments"], night.state.tables["staff"]
    active = _in_charge(night) & (a["from_date"] < night.today - 30)
    at = np.flatnonzero(active & (night.rng.random(len(active)) < NEW_HELPERS)).astype(np.int64)
    helpers = (staff["role"] == ROLE["helper"]) & (staff["to_date"] == NULL)
    places, ids = staff["place_code"][helpers], staff["staff_id"][helpers]
    village = night.households["village_code"][night.row(a["household_id"][at])]
    low, high = np.searchsorted(places, village, side="left"), np.searchsorted(places, village, side="right")
    turn = np.searchsorted(ids, a["staff_id"][at]) + 1
    other = ids[low + (turn - low + rank_within(village)) % np.maximum(high - low, 1)]
    kept = other != a["staff_id"][at]
    at, other = at[kept], other[kept]
    a["to_date"][at] = night.today - 1
    night.touch("assignments", at)
    n = len(at)
    fresh: Table = {
        "household_id": a["household_id"][at],
        "staff_id": other,
        "from_date": full(n, night.today),
        "to_date": full(n),
        **blank(n, night.number),
    }
    night.state.tables["assignments"] = concat(a, fresh)


def _new_leader(night: Night) -> None:
    """One village gets a new leader: the old one's term ends yesterday."""
    staff = night.state.tables["staff"]
    leads = np.flatnonzero(
        (staff["role"] == ROLE["leader"]) & (staff["to_date"] == NULL) & (staff["place_code"] > 10**11)
    )
    if night.rng.random() < 0.5 or len(leads) == 0:
        return
    at = int(leads[int(night.rng.integers(len(leads)))])
    staff["to_date"][at] = night.today - 1
    night.touch("staff", np.array([at], dtype=np.int64))
    fresh = {name: column[at : at + 1].copy() for name, column in staff.items()}
    fresh["staff_id"] = staff["staff_id"].max() + full(1, 1)
    fresh["from_date"], fresh["to_date"], fresh["_touched"] = full(1, night.today), full(1), full(1, night.number)
    night.state.tables["staff"] = concat(staff, fresh)


def _tasks(night: Night) -> None:
    t = night.state.tables["tasks"]
    at = np.flatnonzero((t["done_on"] == NULL) & (night.rng.random(len(t["done_on"])) < TASKS)).astype(np.int64)
    t["done_on"][at], t["done_quantity"][at] = night.today, t["target"][at]
    night.touch("tasks", at)


def _grievances(night: Night) -> None:
    g = night.state.tables["grievances"]
    at = np.flatnonzero((g["resolved_on"] == NULL) & (night.rng.random(len(g["resolved_on"])) < 0.15)).astype(np.int64)
    g["resolved_on"][at] = night.today
    g["outcome"][at] = pick(
        night.rng, len(at), {OUTCOME["upheld"]: 0.4, OUTCOME["partly_upheld"]: 0.2, OUTCOME["not_upheld"]: 0.4}
    )
    night.touch("grievances", at)


def move_work(night: Night) -> None:
    """All of a night's work."""
    _new_helpers(night)
    _new_leader(night)
    _visits(night)
    _answers(night)
    _deliveries(night)
    _funds(night)
    _tasks(night)
    _grievances(night)
